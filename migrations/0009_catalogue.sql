-- Catalogues as they were last read: of one server, or (server NULL) the common one.
CREATE TABLE catalogues (
    server_id BLOB REFERENCES servers (id) ON DELETE CASCADE,
    taken_at  TEXT NOT NULL,
    json      TEXT NOT NULL CHECK (json_valid(json))
) STRICT;

CREATE UNIQUE INDEX catalogues_one ON catalogues (coalesce(server_id, x''));
CREATE INDEX catalogues_by_server ON catalogues (server_id);
