-- The apps of the whole fleet, as of each server's last answer: for search across servers.
CREATE TABLE apps (
    n           INTEGER PRIMARY KEY,
    server_id   BLOB    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    app         TEXT    NOT NULL,
    manifest    TEXT    NOT NULL,
    label       TEXT    NOT NULL COLLATE NOCASE,
    version     TEXT,
    version_key TEXT,
    new_version TEXT,
    upgradable  INTEGER NOT NULL CHECK (upgradable IN (0, 1)),
    domain      TEXT,
    path        TEXT,
    state       TEXT    NOT NULL,
    search      TEXT    NOT NULL,
    UNIQUE (server_id, app)
) STRICT;

CREATE INDEX apps_by_label      ON apps (label, n);
CREATE INDEX apps_by_version    ON apps (version_key, label, n);
CREATE INDEX apps_by_upgradable ON apps (upgradable, label, n);
CREATE INDEX apps_by_manifest   ON apps (manifest, label, n);
CREATE INDEX apps_filter        ON apps (manifest, upgradable, server_id, search);
