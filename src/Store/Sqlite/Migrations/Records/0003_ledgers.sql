-- One row per local day of a meter that must be recomputed. sequence is drawn from work_sequence with every marking, so that a number
-- never stands for two states of a mark, not even across being struck out and marked again.
CREATE TABLE work_mark (
    meter     INTEGER NOT NULL,
    day       TEXT    NOT NULL,
    sequence  INTEGER NOT NULL,
    marked_at INTEGER NOT NULL,
    PRIMARY KEY (meter, day)
);

CREATE INDEX work_mark_by_age ON work_mark (marked_at, meter);

CREATE TABLE work_sequence (last INTEGER NOT NULL);

INSERT INTO work_sequence (last) VALUES (0);

-- Hour cells are the one large table of this file: clustered by meter and time, as they are read.
CREATE TABLE usage_hour (
    meter     INTEGER NOT NULL,
    start     INTEGER NOT NULL,
    quantity  INTEGER NOT NULL,
    amount    REAL    NOT NULL,
    coverage  REAL    NOT NULL,
    estimated REAL    NOT NULL,
    version   INTEGER NOT NULL,
    PRIMARY KEY (meter, start, quantity)
) WITHOUT ROWID;

CREATE TABLE usage_day (
    meter     INTEGER NOT NULL,
    start     INTEGER NOT NULL,
    quantity  INTEGER NOT NULL,
    amount    REAL    NOT NULL,
    coverage  REAL    NOT NULL,
    estimated REAL    NOT NULL,
    version   INTEGER NOT NULL,
    PRIMARY KEY (meter, start, quantity)
) WITHOUT ROWID;

CREATE TABLE usage_finding (
    id       INTEGER PRIMARY KEY,
    meter    INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    code     TEXT    NOT NULL,
    detail   TEXT    NOT NULL
);

CREATE INDEX usage_finding_by_meter ON usage_finding (meter, at);
