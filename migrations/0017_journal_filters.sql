-- The journal's filters: whatever is asked for at once has an index of its own, which ends in the entries' own order
-- (`n`, the row's id, ends every index), so that a page is read from the place where it begins, however many entries
-- there are and however few are found.
DROP INDEX journal_by_time;
DROP INDEX journal_by_account;
DROP INDEX journal_by_what;
DROP INDEX journal_by_outcome;
DROP INDEX journal_by_account_and_what;
DROP INDEX journal_by_account_and_outcome;
DROP INDEX journal_by_what_and_outcome;
DROP INDEX journal_by_subject;
DROP INDEX journal_by_customer;

CREATE INDEX journal_by_a    ON journal (account_id);
CREATE INDEX journal_by_w    ON journal (what);
CREATE INDEX journal_by_aw   ON journal (account_id, what);
CREATE INDEX journal_by_o    ON journal (outcome);
CREATE INDEX journal_by_ao   ON journal (account_id, outcome);
CREATE INDEX journal_by_wo   ON journal (what, outcome);
CREATE INDEX journal_by_awo  ON journal (account_id, what, outcome);
CREATE INDEX journal_by_c    ON journal (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX journal_by_ca   ON journal (customer_id, account_id) WHERE customer_id IS NOT NULL;
CREATE INDEX journal_by_cw   ON journal (customer_id, what) WHERE customer_id IS NOT NULL;
CREATE INDEX journal_by_caw  ON journal (customer_id, account_id, what) WHERE customer_id IS NOT NULL;
CREATE INDEX journal_by_co   ON journal (customer_id, outcome) WHERE customer_id IS NOT NULL;
CREATE INDEX journal_by_cao  ON journal (customer_id, account_id, outcome) WHERE customer_id IS NOT NULL;
CREATE INDEX journal_by_cwo  ON journal (customer_id, what, outcome) WHERE customer_id IS NOT NULL;
CREATE INDEX journal_by_cawo ON journal (customer_id, account_id, what, outcome) WHERE customer_id IS NOT NULL;
CREATE INDEX journal_by_subject ON journal (subject_kind, subject_id);

-- The run that an entry tells of, from its detail.
ALTER TABLE journal ADD COLUMN run TEXT GENERATED ALWAYS AS (CAST(detail ->> '$.run' AS TEXT)) VIRTUAL;
CREATE INDEX journal_by_run ON journal (run) WHERE run IS NOT NULL;

-- How far the clock had ever come when the entry was written: dates are looked for along the chain, and a clock that
-- was set back hides nothing of what was written since a date.
DROP TRIGGER journal_is_not_changed;
ALTER TABLE journal ADD COLUMN reached TEXT NOT NULL DEFAULT '';
UPDATE journal SET reached = so_far.reached
    FROM (SELECT n, max(at) OVER (ORDER BY n) AS reached FROM journal) AS so_far
    WHERE so_far.n = journal.n;
CREATE INDEX journal_by_reached ON journal (reached);
CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
BEGIN
    SELECT raise(ABORT, 'the journal is not changed');
END;
