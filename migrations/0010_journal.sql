-- Who did what, on what, when, and how it ended. Rows are added and never changed.
-- `previous` and `hash` keep the place of the chain.
CREATE TABLE journal (
    n            INTEGER PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE,
    at           TEXT NOT NULL,
    account_id   BLOB,
    who          TEXT NOT NULL,
    what         TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT,
    subject      TEXT NOT NULL,
    outcome      TEXT NOT NULL,
    detail       TEXT NOT NULL CHECK (json_valid(detail)),
    previous     BLOB,
    hash         BLOB
) STRICT;

CREATE INDEX journal_by_subject ON journal (subject_kind, subject_id, n);

CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
BEGIN
    SELECT raise(ABORT, 'the journal is not changed');
END;

CREATE TRIGGER journal_is_not_cut BEFORE DELETE ON journal
BEGIN
    SELECT raise(ABORT, 'the journal is not cut');
END;
