CREATE TABLE quarantine (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    source    TEXT    NOT NULL,
    code      TEXT    NOT NULL,
    detail    TEXT    NOT NULL,
    format    TEXT    NOT NULL,
    payload   BLOB    NOT NULL,
    outcome   INTEGER,
    closed_at INTEGER,
    closed_by TEXT
);

CREATE INDEX quarantine_open ON quarantine (id) WHERE outcome IS NULL;

-- The row of the gateway itself has the empty meter.
CREATE TABLE field_state (
    gateway   TEXT NOT NULL,
    meter     TEXT NOT NULL,
    last_seen INTEGER,
    fault_at  INTEGER,
    fault     TEXT,
    PRIMARY KEY (gateway, meter)
);
