-- Customers: an account that is not the provider's belongs to one, and sees what is theirs. Until now a customer was a word
-- on a server; each such word becomes one.
CREATE TABLE customers (
    id         BLOB NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE COLLATE NOCASE,
    created_at TEXT NOT NULL
) STRICT;

INSERT INTO customers (id, name, created_at)
    SELECT randomblob(16), min(customer), strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    FROM servers WHERE customer IS NOT NULL GROUP BY customer;

ALTER TABLE accounts ADD COLUMN customer_id BLOB REFERENCES customers (id) ON DELETE RESTRICT;

-- Whose a server is decides who sees it: `customer_id` follows from the name beside it, which lists sort and search by.
ALTER TABLE servers ADD COLUMN customer_id BLOB REFERENCES customers (id) ON DELETE RESTRICT;
UPDATE servers SET customer_id = (SELECT id FROM customers WHERE name = servers.customer) WHERE customer IS NOT NULL;
CREATE INDEX servers_by_customer_id ON servers (customer_id, name);

CREATE TRIGGER servers_first_customer_is_known BEFORE INSERT ON servers
    WHEN NEW.customer IS NOT NULL AND NOT EXISTS (SELECT 1 FROM customers WHERE name = NEW.customer)
BEGIN
    SELECT raise(ABORT, 'no such customer');
END;

CREATE TRIGGER servers_customer_is_known BEFORE UPDATE OF customer ON servers
    WHEN NEW.customer IS NOT NULL AND NOT EXISTS (SELECT 1 FROM customers WHERE name = NEW.customer)
BEGIN
    SELECT raise(ABORT, 'no such customer');
END;

CREATE TRIGGER servers_first_customer AFTER INSERT ON servers WHEN NEW.customer IS NOT NULL
BEGIN
    UPDATE servers SET customer_id = (SELECT id FROM customers WHERE name = NEW.customer) WHERE id = NEW.id;
END;

CREATE TRIGGER servers_customer AFTER UPDATE OF customer ON servers
BEGIN
    UPDATE servers SET customer_id = (SELECT id FROM customers WHERE name = NEW.customer) WHERE id = NEW.id;
END;

-- Whose a thing that an entry is about was then: who may read the entry. Part of the chain.
ALTER TABLE journal ADD COLUMN customer_id BLOB;
CREATE INDEX journal_by_customer ON journal (customer_id, at) WHERE customer_id IS NOT NULL;

-- The entry of a restricted administrator to a server: the system account there, the policy that was put beside it, the key
-- whose private half is sealed to the account's own key.
CREATE TABLE gate_accesses (
    id           BLOB NOT NULL PRIMARY KEY,
    server_id    BLOB NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    account_id   BLOB NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT,
    system_user  TEXT NOT NULL,
    public       TEXT NOT NULL,
    secret       BLOB NOT NULL,
    policy       TEXT NOT NULL CHECK (json_valid(policy)),
    version      TEXT,
    created_at   TEXT NOT NULL,
    installed_at TEXT,
    UNIQUE (server_id, account_id),
    UNIQUE (server_id, system_user)
) STRICT;
CREATE INDEX gate_accesses_by_account ON gate_accesses (account_id);
