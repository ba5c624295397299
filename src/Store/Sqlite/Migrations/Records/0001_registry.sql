-- Facts are only ever added. A row holds what was said in registry version "version"; of rows with the same subject the highest version
-- is in force. Days are text yyyy-MM-dd, instants integer UTC milliseconds, enumerations the numbers of the domain.
CREATE TABLE registry_version (
    version    INTEGER PRIMARY KEY,
    changed_at INTEGER NOT NULL,
    changed_by TEXT    NOT NULL
);

CREATE TABLE institution_fact (
    code       TEXT    NOT NULL,
    valid_from TEXT    NOT NULL,
    version    INTEGER NOT NULL REFERENCES registry_version (version),
    valid_to   TEXT,
    name       TEXT    NOT NULL,
    type       TEXT    NOT NULL,
    system     TEXT    NOT NULL,
    parent     TEXT,
    PRIMARY KEY (code, valid_from, version)
);

CREATE TABLE floor_area_fact (
    institution TEXT    NOT NULL,
    valid_from  TEXT    NOT NULL,
    version     INTEGER NOT NULL REFERENCES registry_version (version),
    floor_m2    REAL    NOT NULL,
    heated_m2   REAL,
    source      TEXT,
    PRIMARY KEY (institution, valid_from, version)
);

CREATE TABLE head_count_fact (
    institution TEXT    NOT NULL,
    category    TEXT    NOT NULL,
    valid_from  TEXT    NOT NULL,
    version     INTEGER NOT NULL REFERENCES registry_version (version),
    head_count  REAL    NOT NULL,
    source      TEXT,
    PRIMARY KEY (institution, category, valid_from, version)
);

CREATE TABLE gateway_fact (
    code        TEXT    NOT NULL,
    valid_from  TEXT    NOT NULL,
    version     INTEGER NOT NULL REFERENCES registry_version (version),
    name        TEXT    NOT NULL,
    kind        INTEGER NOT NULL,
    endpoint    TEXT,
    username    TEXT    NOT NULL,
    secret_hash TEXT,
    PRIMARY KEY (code, valid_from, version)
);

-- A meter's number is given once and never again; readings and usage are kept under it.
CREATE TABLE meter (
    id      INTEGER PRIMARY KEY,
    code    TEXT    NOT NULL UNIQUE,
    carrier INTEGER NOT NULL
);

CREATE TABLE meter_fact (
    code           TEXT    NOT NULL REFERENCES meter (code),
    valid_from     TEXT    NOT NULL,
    version        INTEGER NOT NULL REFERENCES registry_version (version),
    valid_to       TEXT,
    institution    TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    role           INTEGER NOT NULL,
    parent         TEXT,
    multiplier     REAL    NOT NULL,
    rated_power_kw REAL,
    register_max   REAL,
    interval_s     INTEGER NOT NULL,
    model          TEXT,
    gateway        TEXT,
    address        TEXT,
    PRIMARY KEY (code, valid_from, version)
);

CREATE TABLE meter_replacement (
    meter         TEXT    NOT NULL REFERENCES meter (code),
    at            INTEGER NOT NULL,
    version       INTEGER NOT NULL REFERENCES registry_version (version),
    end_reading   REAL    NOT NULL,
    start_reading REAL    NOT NULL,
    PRIMARY KEY (meter, at, version)
);

CREATE TABLE target_fact (
    year              INTEGER NOT NULL,
    indicator         TEXT    NOT NULL,
    version           INTEGER NOT NULL REFERENCES registry_version (version),
    base_year         INTEGER NOT NULL,
    reduction_percent REAL,
    cap               REAL,
    source            TEXT    NOT NULL,
    PRIMARY KEY (year, indicator, version)
);

CREATE TABLE pv_site_fact (
    code             TEXT    NOT NULL,
    version          INTEGER NOT NULL REFERENCES registry_version (version),
    institution      TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    capacity_kwp     REAL    NOT NULL,
    array_area_m2    REAL,
    generation_meter TEXT    NOT NULL,
    import_meter     TEXT,
    export_meter     TEXT,
    irradiance_meter TEXT,
    PRIMARY KEY (code, version)
);

CREATE TABLE notice_address_fact (
    institution TEXT    NOT NULL,
    channel     INTEGER NOT NULL,
    version     INTEGER NOT NULL REFERENCES registry_version (version),
    address     TEXT    NOT NULL,
    secret      TEXT,
    PRIMARY KEY (institution, channel, version)
);
