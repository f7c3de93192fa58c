-- Whose server it was that a run began on: who of the customer's may see the run. `sealed_under` names the key that `secret`
-- and `conceal` are sealed under: those who hold it can carry the run on.
ALTER TABLE runs ADD COLUMN customer_id BLOB REFERENCES customers (id) ON DELETE SET NULL;
ALTER TABLE runs ADD COLUMN sealed_under TEXT NOT NULL DEFAULT 'administrator';
UPDATE runs SET customer_id = (SELECT customer_id FROM servers WHERE id = runs.server_id);

-- Newest first, with what the filters ask.
CREATE INDEX runs_by_customer ON runs (customer_id, started_at, id, state, batch_id, kind);

-- What counting and filtering read among a customer's servers; `servers_filter` does the same for all, and knows whose each
-- is.
CREATE INDEX servers_within ON servers
    (customer_id, shown, yunohost, yunohost_key, customer, updates, certificate_until, id, search);
DROP INDEX servers_filter;
CREATE INDEX servers_filter ON servers (shown, yunohost, customer, updates, certificate_until, id, search, customer_id);
