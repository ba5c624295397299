-- What is known of a gateway besides its last contact. Counts go on over restarts, from counting_since.
CREATE TABLE gateway_life (
    gateway        TEXT PRIMARY KEY,
    link           INTEGER,
    link_since     INTEGER,
    link_reason    TEXT,
    link_detail    TEXT,
    way            TEXT,
    address        TEXT,
    client_id      TEXT,
    protocol       TEXT,
    is_tls         INTEGER,
    connected_at   INTEGER,
    messages       INTEGER NOT NULL,
    readings       INTEGER NOT NULL,
    quarantined    INTEGER NOT NULL,
    faults         INTEGER NOT NULL,
    bytes          INTEGER NOT NULL,
    connections    INTEGER NOT NULL,
    counting_since INTEGER NOT NULL,
    drift_ms       INTEGER,
    drift_messages INTEGER,
    drift_at       INTEGER,
    sends_time     INTEGER
);

-- The last faults of each gateway and of the meters behind it; the gateway's own have no meter.
CREATE TABLE gateway_fault (
    id       INTEGER PRIMARY KEY,
    gateway  TEXT    NOT NULL,
    meter    TEXT,
    first_at INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    text     TEXT    NOT NULL,
    times    INTEGER NOT NULL
);

CREATE INDEX gateway_fault_of ON gateway_fault (gateway, id);

-- Whoever tried to deliver and is not in the registry.
CREATE TABLE sighting (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL,
    way        TEXT    NOT NULL,
    address    TEXT,
    dialect    TEXT,
    topic      TEXT,
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    UNIQUE (way, name)
);

CREATE INDEX sighting_by_contact ON sighting (last_seen);

-- How many sightings had to go because there were too many.
CREATE TABLE sighting_forgotten (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    count INTEGER NOT NULL
);

INSERT INTO sighting_forgotten (only, count) VALUES (1, 0);
