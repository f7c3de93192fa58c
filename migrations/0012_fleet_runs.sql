-- When a fleet run begins by itself. `next_at` is the time that is due next; what is behind it when the workspace opens
-- was missed.
CREATE TABLE schedules (
    id           BLOB    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    timing       TEXT    NOT NULL CHECK (json_valid(timing)),
    fleet_order  TEXT    NOT NULL CHECK (json_valid(fleet_order)),
    enabled      INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    next_at      TEXT,
    last_at      TEXT,
    last_fleet   BLOB,
    last_problem TEXT    CHECK (last_problem IS NULL OR json_valid(last_problem)),
    missed       TEXT    CHECK (missed IS NULL OR json_valid(missed)),
    created_by   BLOB    REFERENCES accounts (id) ON DELETE SET NULL,
    created_name TEXT    NOT NULL,
    created_at   TEXT    NOT NULL
) STRICT;

CREATE INDEX schedules_due        ON schedules (next_at) WHERE enabled = 1;
CREATE INDEX schedules_by_account ON schedules (created_by);

-- The same change on many servers. `secret` is sealed to the row, and emptied when nothing is left that needs it.
-- `left_as` is what it was when servers were left out: it is that again when those that failed were retried.
CREATE TABLE fleet_runs (
    id           BLOB    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL,
    title_en     TEXT    NOT NULL,
    title_fr     TEXT    NOT NULL,
    fleet_order  TEXT    NOT NULL CHECK (json_valid(fleet_order)),
    secret       BLOB,
    dry          INTEGER NOT NULL CHECK (dry IN (0, 1)),
    state        TEXT    NOT NULL,
    left_as      TEXT,
    because      TEXT    CHECK (because IS NULL OR json_valid(because)),
    schedule_id  BLOB    REFERENCES schedules (id) ON DELETE SET NULL,
    started_by   BLOB    REFERENCES accounts (id) ON DELETE SET NULL,
    started_name TEXT    NOT NULL,
    started_at   TEXT    NOT NULL,
    ended_at     TEXT
) STRICT;

CREATE INDEX fleet_runs_by_start    ON fleet_runs (started_at, id, state);
CREATE INDEX fleet_runs_open        ON fleet_runs (state) WHERE state IN ('running', 'paused');
CREATE INDEX fleet_runs_by_schedule ON fleet_runs (schedule_id);
CREATE INDEX fleet_runs_by_account  ON fleet_runs (started_by);

-- One server's part. `run_id` is drawn and written down before that run begins, `begun` once it has: a run that is named
-- here and unknown was never begun. `excused`: it failed, and a person said to go on.
CREATE TABLE fleet_members (
    fleet_id    BLOB    NOT NULL REFERENCES fleet_runs (id) ON DELETE CASCADE,
    n           INTEGER NOT NULL,
    server_id   BLOB    REFERENCES servers (id) ON DELETE SET NULL,
    server_name TEXT    NOT NULL,
    wave        INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    excused     INTEGER NOT NULL DEFAULT 0 CHECK (excused IN (0, 1)),
    tries       INTEGER NOT NULL DEFAULT 0,
    begun       INTEGER NOT NULL DEFAULT 0 CHECK (begun IN (0, 1)),
    run_id      BLOB,
    words       TEXT    CHECK (words IS NULL OR json_valid(words)),
    started_at  TEXT,
    ended_at    TEXT,
    PRIMARY KEY (fleet_id, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX fleet_members_by_state  ON fleet_members (fleet_id, wave, state);
CREATE INDEX fleet_members_at_work   ON fleet_members (fleet_id) WHERE state = 'running';
CREATE INDEX fleet_members_by_server ON fleet_members (server_id);
