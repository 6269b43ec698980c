-- +goose Up

-- The foreign key locks orgs against writes until the migration ends.
SELECT in_turns('LOCK TABLE orgs IN SHARE ROW EXCLUSIVE MODE');
SELECT in_turns('LOCK TABLE imports, import_rows IN ACCESS EXCLUSIVE MODE');

-- format is that of a file of another system; empty for a CSV file of this service. digest identifies the file of an import at the
-- command line, so that it can be continued. While reading, rows are still being added and none is settled.
ALTER TABLE imports
    ADD COLUMN format  text NOT NULL DEFAULT '',
    ADD COLUMN digest  text NOT NULL DEFAULT '',
    ADD COLUMN reading boolean NOT NULL DEFAULT false;
CREATE INDEX imports_by_digest ON imports (org_id, digest) WHERE digest <> '';

-- notes say what of an account was left behind.
ALTER TABLE import_rows ADD COLUMN notes jsonb NOT NULL DEFAULT '[]';
CREATE INDEX import_rows_by_user ON import_rows (org_id, user_id) WHERE user_id IS NOT NULL;

-- What the account of a pending row will have besides its name, address and roles. The row is removed when the account is created or
-- refused. id is that of the account to be, to which its secret is bound.
CREATE TABLE import_accounts (
    org_id      uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id          uuid NOT NULL,
    import_id   uuid NOT NULL,
    line        integer NOT NULL,
    details     jsonb NOT NULL,
    totp_secret text NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, import_id, line),
    FOREIGN KEY (org_id, import_id, line) REFERENCES import_rows (org_id, import_id, line) ON DELETE CASCADE
);
-- +goose StatementBegin
DO $$
DECLARE
    own_org constant text := 'org_id = NULLIF(current_setting(''sole.org_id'', true), '''')::uuid';
BEGIN
    ALTER TABLE import_accounts ENABLE ROW LEVEL SECURITY;
    ALTER TABLE import_accounts FORCE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY own_org ON import_accounts USING (%s) WITH CHECK (%s)', own_org, own_org);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON import_accounts TO sole_app;
    END IF;
END $$;
-- +goose StatementEnd
CREATE POLICY sweep_select ON import_rows FOR SELECT USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_delete ON import_rows FOR DELETE USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY secrets ON import_accounts FOR SELECT USING (current_setting('sole.door', true) = 'secrets');

-- +goose Down
SELECT in_turns('LOCK TABLE orgs, imports, import_rows, import_accounts IN ACCESS EXCLUSIVE MODE');
DROP TABLE import_accounts;
DROP POLICY sweep_select ON import_rows;
DROP POLICY sweep_delete ON import_rows;
DROP INDEX import_rows_by_user, imports_by_digest;
ALTER TABLE import_rows DROP COLUMN notes;
ALTER TABLE imports DROP COLUMN format, DROP COLUMN digest, DROP COLUMN reading;
