-- +goose Up

-- Imported files of accounts, row by row. They refer to accounts without a foreign key, so
-- that the result of a row is kept when the account is deleted.
CREATE TABLE imports (
    org_id      uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id          uuid NOT NULL,
    created_by  uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (org_id, id)
);
CREATE TABLE import_rows (
    org_id    uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    import_id uuid NOT NULL,
    line      integer NOT NULL,
    email     text NOT NULL,
    full_name text NOT NULL,
    roles     jsonb NOT NULL,
    status    text NOT NULL CHECK (status IN ('pending', 'created', 'refused')),
    user_id   uuid,
    faults    jsonb NOT NULL,
    PRIMARY KEY (org_id, import_id, line),
    FOREIGN KEY (org_id, import_id) REFERENCES imports (org_id, id) ON DELETE CASCADE
);
-- +goose StatementBegin
DO $$
DECLARE
    tenant_table text;
    own_org constant text := 'org_id = NULLIF(current_setting(''sole.org_id'', true), '''')::uuid';
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['imports', 'import_rows'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_org ON %I USING (%s) WITH CHECK (%s)', tenant_table, own_org, own_org);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO sole_app', tenant_table);
        END IF;
    END LOOP;
END $$;
-- +goose StatementEnd
CREATE POLICY sweep_select ON imports FOR SELECT USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_delete ON imports FOR DELETE USING (current_setting('sole.door', true) = 'sweep');

-- +goose Down
DROP TABLE import_rows, imports;
