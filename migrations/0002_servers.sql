-- The fleet. A row holds what lists show; what a server answered at length is in `snapshots`.
-- `run_id` is the open run that covers the state in lists. `shown` and `severity` follow from it, in the order of
-- the design: key changed, failing, unreachable, to watch, with a run, in service, off, to provision. Triggers keep
-- them; generated columns would keep SQLite from answering out of an index alone.
CREATE TABLE servers (
    id                 BLOB    NOT NULL PRIMARY KEY,
    name               TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    address            TEXT    NOT NULL,
    port               INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    user               TEXT    NOT NULL,
    login              TEXT    NOT NULL,
    sudo               TEXT    NOT NULL,
    jump_server_id     BLOB    REFERENCES servers (id) ON DELETE RESTRICT,
    main_domain        TEXT,
    customer           TEXT    COLLATE NOCASE,
    state              TEXT    NOT NULL,
    state_since        TEXT    NOT NULL,
    state_reasons      TEXT    NOT NULL CHECK (json_valid(state_reasons)),
    run_id             BLOB,
    shown              TEXT    NOT NULL DEFAULT 'to_do',
    severity           INTEGER NOT NULL DEFAULT 7,
    yunohost           TEXT,
    yunohost_key       TEXT,
    debian             TEXT,
    arch               TEXT,
    memory_total       INTEGER,
    memory_used        INTEGER,
    disk_total         INTEGER,
    disk_used          INTEGER,
    apps               INTEGER,
    users              INTEGER,
    updates            INTEGER,
    certificate_until  TEXT,
    diagnosis_errors   INTEGER,
    diagnosis_warnings INTEGER,
    last_seen          TEXT,
    last_tried         TEXT,
    created_at         TEXT    NOT NULL,
    search             TEXT    NOT NULL
) STRICT;

-- One index an order of the list; the last column makes the order total.
CREATE INDEX servers_by_severity    ON servers (severity, state_since DESC, name);
CREATE INDEX servers_by_version     ON servers (yunohost_key, name, yunohost);
CREATE INDEX servers_by_apps        ON servers (apps, name);
CREATE INDEX servers_by_updates     ON servers (updates, name);
CREATE INDEX servers_by_last_seen   ON servers (last_seen, name);
CREATE INDEX servers_by_certificate ON servers (certificate_until, name);
CREATE INDEX servers_by_customer    ON servers (customer, name);
CREATE INDEX servers_by_jump        ON servers (jump_server_id);
-- What counting and filtering read, without the rows themselves.
CREATE INDEX servers_filter         ON servers (shown, yunohost, customer, updates, certificate_until, id, search);

CREATE TRIGGER servers_shown_first AFTER INSERT ON servers
BEGIN
    UPDATE servers
    SET shown = CASE WHEN run_id IS NULL THEN state ELSE 'run' END,
        severity = CASE WHEN run_id IS NOT NULL THEN 4
                        WHEN state = 'stop' THEN 0
                        WHEN state = 'fail' THEN 1
                        WHEN state = 'unreachable' THEN 2
                        WHEN state = 'warn' THEN 3
                        WHEN state = 'run' THEN 4
                        WHEN state = 'ok' THEN 5
                        WHEN state = 'off' THEN 6
                        ELSE 7 END
    WHERE id = NEW.id;
END;

CREATE TRIGGER servers_shown AFTER UPDATE OF state, run_id ON servers
WHEN OLD.state <> NEW.state OR OLD.run_id IS NOT NEW.run_id
BEGIN
    UPDATE servers
    SET shown = CASE WHEN run_id IS NULL THEN state ELSE 'run' END,
        severity = CASE WHEN run_id IS NOT NULL THEN 4
                        WHEN state = 'stop' THEN 0
                        WHEN state = 'fail' THEN 1
                        WHEN state = 'unreachable' THEN 2
                        WHEN state = 'warn' THEN 3
                        WHEN state = 'run' THEN 4
                        WHEN state = 'ok' THEN 5
                        WHEN state = 'off' THEN 6
                        ELSE 7 END
    WHERE id = NEW.id;
END;

CREATE TABLE server_tags (
    server_id BLOB NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    tag       TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (server_id, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX server_tags_by_tag ON server_tags (tag, server_id);
