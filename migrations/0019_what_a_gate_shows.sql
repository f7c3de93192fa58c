-- What a server answered to a customer's own administrator, through their gate: a part of what it answers to the provider,
-- whose readings stand in `snapshots`. It goes with the entry, and when the server becomes another's.
CREATE TABLE gate_snapshots (
    server_id  BLOB NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    taken_at   TEXT NOT NULL,
    json       TEXT NOT NULL CHECK (json_valid(json)),
    PRIMARY KEY (server_id, account_id, kind)
) STRICT;
CREATE INDEX gate_snapshots_by_account ON gate_snapshots (account_id);

CREATE TRIGGER gate_snapshots_without_entry AFTER DELETE ON gate_accesses
BEGIN
    DELETE FROM gate_snapshots WHERE server_id = OLD.server_id AND account_id = OLD.account_id;
END;

CREATE TRIGGER gate_snapshots_of_anothers AFTER UPDATE OF customer_id ON servers
    WHEN OLD.customer_id IS NOT NEW.customer_id
BEGIN
    DELETE FROM gate_snapshots WHERE server_id = NEW.id;
END;

-- The names and addresses of the provider's machines on the way to a run's server, as they were when the run was begun: what
-- its customer's people are not told, also once those machines are gone or are called otherwise.
ALTER TABLE runs ADD COLUMN hidden TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(hidden));

WITH RECURSIVE ways (server, hop, n) AS (
    SELECT id, jump_server_id, 1 FROM servers WHERE jump_server_id IS NOT NULL AND customer_id IS NOT NULL
    UNION ALL
    SELECT server, servers.jump_server_id, n + 1 FROM ways JOIN servers ON servers.id = ways.hop
    WHERE servers.jump_server_id IS NOT NULL AND n < 16)
UPDATE runs SET hidden = (
    SELECT json_group_array(text) FROM (
        SELECT name AS text FROM ways JOIN servers ON servers.id = hop
        WHERE ways.server = runs.server_id AND servers.customer_id IS NOT runs.customer_id
        UNION
        SELECT address FROM ways JOIN servers ON servers.id = hop
        WHERE ways.server = runs.server_id AND servers.customer_id IS NOT runs.customer_id))
WHERE customer_id IS NOT NULL AND server_id IN (SELECT server FROM ways);
