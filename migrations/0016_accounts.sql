-- An account that is shut out keeps its ways in here, where they open nothing; one that is on its way out is marked first,
-- so that a program which dies in between goes on with it.
ALTER TABLE accounts ADD COLUMN ways_in TEXT CHECK (ways_in IS NULL OR json_valid(ways_in));
ALTER TABLE accounts ADD COLUMN leaving_at TEXT;

-- The second factor of an account (RFC 6238). `secret` is sealed under the account's own key; `step` is the last time
-- step whose code was taken, since a code is taken once.
CREATE TABLE second_factors (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    secret     BLOB NOT NULL,
    since      TEXT NOT NULL,
    step       INTEGER NOT NULL
) STRICT;

-- What opens in its place, once each: hashes of random codes.
CREATE TABLE recovery_codes (
    account_id BLOB NOT NULL REFERENCES second_factors (account_id) ON DELETE CASCADE,
    hash       BLOB NOT NULL,
    used_at    TEXT,
    PRIMARY KEY (account_id, hash)
) STRICT, WITHOUT ROWID;
