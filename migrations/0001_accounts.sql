-- Who works in this workspace. What opens it is in keys.json; what each may do is decided by `role`.
CREATE TABLE accounts (
    id          BLOB NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role        TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    disabled_at TEXT
) STRICT;
