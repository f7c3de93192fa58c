-- What an instance last answered, one row a kind, with its date.
CREATE TABLE snapshots (
    server_id BLOB NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,
    taken_at  TEXT NOT NULL,
    json      TEXT NOT NULL CHECK (json_valid(json)),
    PRIMARY KEY (server_id, kind)
) STRICT;
