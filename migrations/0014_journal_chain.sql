-- The journal's chain, what is looked for in it, its signed heads, and where it was cut.
ALTER TABLE journal ADD COLUMN role TEXT NOT NULL DEFAULT '';

-- Newest first, whatever is filtered by: `n`, the row's own id, ends every index.
CREATE INDEX journal_by_time    ON journal (at);
CREATE INDEX journal_by_account ON journal (account_id, at);
CREATE INDEX journal_by_what    ON journal (what, at);
CREATE INDEX journal_by_outcome ON journal (outcome, at);
CREATE INDEX journal_by_account_and_what    ON journal (account_id, what, at);
CREATE INDEX journal_by_account_and_outcome ON journal (account_id, outcome, at);
CREATE INDEX journal_by_what_and_outcome    ON journal (what, outcome, at);
DROP INDEX journal_by_subject;
CREATE INDEX journal_by_subject ON journal (subject_kind, subject_id, at);

-- Who, what and on what, folded, for search by any three letters.
CREATE VIRTUAL TABLE journal_words USING fts5 (text, tokenize = 'trigram');

-- Heads that were signed with the workspace's journal key: a tail that is cut off is missed by them.
CREATE TABLE journal_heads (
    n         INTEGER PRIMARY KEY,
    hash      BLOB NOT NULL,
    at        TEXT NOT NULL,
    signer    BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

-- What was let go of, on purpose and signed: the entries up to `n`, the last of which had this hash.
CREATE TABLE journal_cuts (
    n         INTEGER PRIMARY KEY,
    hash      BLOB NOT NULL,
    at        TEXT NOT NULL,
    who       TEXT NOT NULL,
    signer    BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

DROP TRIGGER journal_is_not_cut;
CREATE TRIGGER journal_is_not_cut BEFORE DELETE ON journal
    WHEN OLD.n > coalesce((SELECT max(n) FROM journal_cuts), 0)
BEGIN
    SELECT raise(ABORT, 'the journal is not cut');
END;
