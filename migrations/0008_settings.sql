-- Choices, one row a key: of an account, or (account NULL) of the whole workspace.
CREATE TABLE settings (
    account_id BLOB REFERENCES accounts (id) ON DELETE CASCADE,
    key        TEXT NOT NULL,
    value      TEXT NOT NULL CHECK (json_valid(value))
) STRICT;

CREATE UNIQUE INDEX settings_one ON settings (coalesce(account_id, x''), key);
CREATE INDEX settings_by_account ON settings (account_id);
