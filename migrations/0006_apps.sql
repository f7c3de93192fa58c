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

-- Every three letters in a row of `search`, for looking anywhere in a word among 50,000 apps.
CREATE VIRTUAL TABLE apps_search USING fts5 (search, content = 'apps', content_rowid = 'n', tokenize = 'trigram');

CREATE TRIGGER apps_search_insert AFTER INSERT ON apps
BEGIN
    INSERT INTO apps_search (rowid, search) VALUES (NEW.n, NEW.search);
END;

CREATE TRIGGER apps_search_delete AFTER DELETE ON apps
BEGIN
    INSERT INTO apps_search (apps_search, rowid, search) VALUES ('delete', OLD.n, OLD.search);
END;

CREATE TRIGGER apps_search_update AFTER UPDATE OF search ON apps
BEGIN
    INSERT INTO apps_search (apps_search, rowid, search) VALUES ('delete', OLD.n, OLD.search);
    INSERT INTO apps_search (rowid, search) VALUES (NEW.n, NEW.search);
END;
