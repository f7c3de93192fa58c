-- Named sets of choices for making machines into servers. `choices` holds no secret.
CREATE TABLE provisioning_profiles (
    id       BLOB NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL COLLATE NOCASE UNIQUE,
    choices  TEXT NOT NULL CHECK (json_valid(choices)),
    saved_at TEXT NOT NULL,
    saved_by TEXT NOT NULL
) STRICT;

-- How things were on a server before we changed them: what "disconnect" puts back. The first value of a name counts; it
-- is there before the change is made, and goes when the change is undone. `value` holds no secret.
CREATE TABLE former_values (
    server_id   BLOB NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    value       TEXT NOT NULL CHECK (json_valid(value)),
    run_id      BLOB,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (server_id, name)
) STRICT, WITHOUT ROWID;
