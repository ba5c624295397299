-- series_id = meter number * 256 + quantity number. at = UTC milliseconds. Last write wins on (series_id, at).
CREATE TABLE reading (
    series_id  INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    value      REAL    NOT NULL,
    provenance INTEGER NOT NULL,
    doubt      INTEGER NOT NULL,
    PRIMARY KEY (series_id, at)
) WITHOUT ROWID;
