-- Durable work. A run is open until `ended_at`; its steps and its trace are kept after the server is gone.
-- `secret` holds what the run needs and may not be read (a new user's password), sealed to the row, and is emptied
-- when the run ends.
CREATE TABLE runs (
    id            BLOB    NOT NULL PRIMARY KEY,
    kind          TEXT    NOT NULL,
    server_id     BLOB    REFERENCES servers (id) ON DELETE SET NULL,
    server_name   TEXT,
    batch_id      BLOB,
    title_en      TEXT    NOT NULL,
    title_fr      TEXT    NOT NULL,
    input         TEXT    NOT NULL CHECK (json_valid(input)),
    secret        BLOB,
    state         TEXT    NOT NULL,
    started_by    BLOB    REFERENCES accounts (id) ON DELETE SET NULL,
    started_name  TEXT    NOT NULL,
    started_at    TEXT    NOT NULL,
    ended_at      TEXT,
    error_code    TEXT,
    error_message TEXT,
    progress      INTEGER CHECK (progress BETWEEN 0 AND 100),
    step          INTEGER
) STRICT;

CREATE INDEX runs_by_start        ON runs (started_at, id);
CREATE INDEX runs_by_state        ON runs (state, started_at, id, batch_id);
CREATE INDEX runs_by_server       ON runs (server_id, started_at, id);
CREATE INDEX runs_by_batch        ON runs (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX runs_by_account      ON runs (started_by);
CREATE INDEX runs_open            ON runs (server_id, started_at, id) WHERE ended_at IS NULL;

CREATE TABLE run_steps (
    run_id      BLOB    NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    n           INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    intent_en   TEXT    NOT NULL,
    intent_fr   TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    started_at  TEXT,
    ended_at    TEXT,
    observation TEXT    CHECK (observation IS NULL OR json_valid(observation)),
    PRIMARY KEY (run_id, n)
) STRICT, WITHOUT ROWID;

-- At most 20,000 lines a run, and one that says so.
CREATE TABLE run_trace (
    run_id BLOB    NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    n      INTEGER NOT NULL,
    at     TEXT    NOT NULL,
    step   INTEGER NOT NULL,
    sign   TEXT    NOT NULL,
    text   TEXT    NOT NULL,
    PRIMARY KEY (run_id, n)
) STRICT, WITHOUT ROWID;

-- The oldest open run of a server covers its state in lists.
CREATE TRIGGER runs_cover AFTER INSERT ON runs WHEN NEW.server_id IS NOT NULL AND NEW.ended_at IS NULL
BEGIN
    UPDATE servers SET run_id = NEW.id WHERE id = NEW.server_id AND run_id IS NULL;
END;

CREATE TRIGGER runs_uncover AFTER UPDATE OF ended_at ON runs WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
BEGIN
    UPDATE servers
    SET run_id = (SELECT id FROM runs WHERE server_id = NEW.server_id AND ended_at IS NULL
                  ORDER BY started_at, id LIMIT 1)
    WHERE id = NEW.server_id AND run_id = NEW.id;
END;

CREATE TRIGGER runs_cover_again AFTER UPDATE OF ended_at ON runs WHEN OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL
BEGIN
    UPDATE servers SET run_id = NEW.id WHERE id = NEW.server_id AND run_id IS NULL;
END;
