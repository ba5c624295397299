CREATE TABLE indicator_value (
    id               INTEGER PRIMARY KEY,
    scope            TEXT    NOT NULL,
    indicator        TEXT    NOT NULL,
    period           TEXT    NOT NULL,
    caliber          TEXT    NOT NULL,
    value            REAL,
    unit             TEXT    NOT NULL,
    coverage         REAL    NOT NULL,
    estimated        REAL    NOT NULL,
    reason           TEXT,
    as_of            INTEGER NOT NULL,
    registry_version INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    derivation       TEXT    NOT NULL,
    UNIQUE (scope, period, caliber, indicator)
);

CREATE TABLE quota (
    institution TEXT    NOT NULL,
    year        INTEGER NOT NULL,
    indicator   TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    amount      REAL    NOT NULL,
    unit        TEXT    NOT NULL,
    pace        TEXT    NOT NULL,
    caliber     TEXT    NOT NULL,
    basis       TEXT    NOT NULL,
    set_at      INTEGER NOT NULL,
    set_by      TEXT    NOT NULL,
    PRIMARY KEY (institution, year, indicator, version)
);

CREATE INDEX quota_by_year ON quota (year);

CREATE TABLE notice (
    id          TEXT    PRIMARY KEY,
    number      TEXT    NOT NULL UNIQUE,
    institution TEXT    NOT NULL,
    period      TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    replaces    TEXT,
    title       TEXT    NOT NULL,
    sha256      TEXT    NOT NULL,
    issued_at   INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    UNIQUE (institution, period, version)
);

CREATE TABLE delivery (
    id           TEXT    PRIMARY KEY,
    notice       TEXT    NOT NULL REFERENCES notice (id),
    channel      INTEGER NOT NULL,
    address      TEXT    NOT NULL,
    state        INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    next_attempt INTEGER,
    delivered_at INTEGER,
    last_error   TEXT
);

CREATE INDEX delivery_due ON delivery (state, next_attempt);
CREATE INDEX delivery_by_notice ON delivery (notice);

CREATE TABLE delivery_attempt (
    id           INTEGER PRIMARY KEY,
    delivery     TEXT    NOT NULL REFERENCES delivery (id),
    at           INTEGER NOT NULL,
    delivered    INTEGER NOT NULL,
    error        TEXT,
    next_attempt INTEGER
);

CREATE TABLE notice_receipt (
    notice    TEXT    PRIMARY KEY REFERENCES notice (id),
    signed_by TEXT    NOT NULL,
    signed_at INTEGER NOT NULL,
    objection TEXT
);
