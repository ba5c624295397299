-- What the figures in this file depend on and may not change under them: name and value, written when the file is first opened.
CREATE TABLE binding (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
