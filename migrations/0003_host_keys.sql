-- The keys by which servers are recognised: SSH host keys, and TLS certificates of their API.
-- At most one is pinned for a server and protocol; revoked ones are kept, and refused for ever.
CREATE TABLE host_keys (
    id          BLOB NOT NULL PRIMARY KEY,
    server_id   BLOB NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    protocol    TEXT NOT NULL CHECK (protocol IN ('ssh', 'tls')),
    algorithm   TEXT NOT NULL,
    blob        BLOB NOT NULL,
    fingerprint TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('pinned', 'revoked')),
    how_checked TEXT NOT NULL,
    accepted_by TEXT NOT NULL,
    accepted_at TEXT NOT NULL,
    revoked_at  TEXT,
    UNIQUE (server_id, protocol, algorithm, blob)
) STRICT;

CREATE UNIQUE INDEX host_keys_one_pinned ON host_keys (server_id, protocol) WHERE state = 'pinned';
