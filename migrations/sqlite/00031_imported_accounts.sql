-- +goose Up

-- format is that of a file of another system; empty for a CSV file of this service. digest identifies the file of an import at the
-- command line, so that it can be continued. While reading, rows are still being added and none is settled.
ALTER TABLE imports ADD COLUMN format TEXT NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN reading INTEGER NOT NULL DEFAULT 0;
CREATE INDEX imports_by_digest ON imports (org_id, digest) WHERE digest <> '';

-- notes say what of an account was left behind.
ALTER TABLE import_rows ADD COLUMN notes TEXT NOT NULL DEFAULT '[]';
CREATE INDEX import_rows_by_user ON import_rows (org_id, user_id) WHERE user_id IS NOT NULL;

-- What the account of a pending row will have besides its name, address and roles. The row is removed when the account is created or
-- refused. id is that of the account to be, to which its secret is bound.
CREATE TABLE import_accounts (
    org_id      TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id          TEXT NOT NULL,
    import_id   TEXT NOT NULL,
    line        INTEGER NOT NULL,
    details     TEXT NOT NULL,
    totp_secret TEXT NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, import_id, line),
    FOREIGN KEY (org_id, import_id, line) REFERENCES import_rows (org_id, import_id, line) ON DELETE CASCADE
) STRICT;

-- +goose Down
DROP TABLE import_accounts;
DROP INDEX import_rows_by_user;
DROP INDEX imports_by_digest;
ALTER TABLE import_rows DROP COLUMN notes;
ALTER TABLE imports DROP COLUMN format;
ALTER TABLE imports DROP COLUMN digest;
ALTER TABLE imports DROP COLUMN reading;
