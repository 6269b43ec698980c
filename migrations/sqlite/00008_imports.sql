-- +goose Up

-- Imported files of accounts, row by row. They refer to accounts without a foreign key, so
-- that the result of a row is kept when the account is deleted.
CREATE TABLE imports (
    org_id      TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id          TEXT NOT NULL,
    created_by  TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    finished_at TEXT,
    PRIMARY KEY (org_id, id)
) STRICT;
CREATE TABLE import_rows (
    org_id    TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    import_id TEXT NOT NULL,
    line      INTEGER NOT NULL,
    email     TEXT NOT NULL,
    full_name TEXT NOT NULL,
    roles     TEXT NOT NULL,
    status    TEXT NOT NULL CHECK (status IN ('pending', 'created', 'refused')),
    user_id   TEXT,
    faults    TEXT NOT NULL,
    PRIMARY KEY (org_id, import_id, line),
    FOREIGN KEY (org_id, import_id) REFERENCES imports (org_id, id) ON DELETE CASCADE
) STRICT;

-- +goose Down
DROP TABLE import_rows;
DROP TABLE imports;
