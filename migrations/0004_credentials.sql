-- How to log in. `secret` is sealed to its row by the vault (table, column, row id); NULL where nothing is secret
-- (an agent, a key file that stays where it is). `public` is what may be shown: a fingerprint, a path.
CREATE TABLE credentials (
    id         BLOB NOT NULL PRIMARY KEY,
    server_id  BLOB NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    public     TEXT,
    secret     BLOB,
    created_at TEXT NOT NULL,
    UNIQUE (server_id, kind)
) STRICT;
