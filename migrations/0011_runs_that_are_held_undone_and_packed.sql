-- Runs can be held, go on, be retried where they failed, and be undone. `way` is the way that a run goes through its
-- steps; `wish` is what a person asked of it that has not come true yet. `conceal` holds, sealed to the row, what must not
-- stand in a trace; like `secret` it is kept while the run can be retried, and emptied then.
ALTER TABLE runs ADD COLUMN way     TEXT NOT NULL DEFAULT 'forward';
ALTER TABLE runs ADD COLUMN wish    TEXT;
ALTER TABLE runs ADD COLUMN conceal BLOB;

CREATE INDEX runs_with_secret ON runs (ended_at) WHERE secret IS NOT NULL OR conceal IS NOT NULL;

DROP INDEX runs_by_state;
CREATE INDEX runs_by_state ON runs (state, started_at, id, batch_id, kind);

-- How often a step was begun, forward or back; whether its effect can be undone.
ALTER TABLE run_steps ADD COLUMN attempt  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_steps ADD COLUMN can_undo INTEGER NOT NULL DEFAULT 0 CHECK (can_undo IN (0, 1));

-- Once a run is over, its trace is packed: the lines `first` to `last` as JSON, deflated. Lines that come after it was
-- opened again stand in `run_trace` until it is over again.
CREATE TABLE run_trace_packs (
    run_id BLOB    NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    packed BLOB    NOT NULL,
    PRIMARY KEY (run_id, first)
) STRICT;

-- Lists of apps: the orders carry what the filters ask, so that walking one reads rows only for the page itself; what was
-- found by its text is put in order from an index of nothing but what orders it.
DROP INDEX apps_by_label;
DROP INDEX apps_by_version;
DROP INDEX apps_by_upgradable;
CREATE INDEX apps_by_label      ON apps (label, n, manifest, upgradable, server_id);
CREATE INDEX apps_by_version    ON apps (version_key, label, n, manifest, upgradable, server_id);
CREATE INDEX apps_by_upgradable ON apps (upgradable, label, n, manifest, server_id);
CREATE INDEX apps_orders        ON apps (n, label, version_key, upgradable);

-- Two letters are looked for as the beginnings of three: `apps_terms` lists those that there are. A sign at the end of
-- each text makes its last two letters a beginning too.
CREATE VIRTUAL TABLE apps_terms USING fts5vocab (apps_search, row);
UPDATE apps SET search = search || char(31);
