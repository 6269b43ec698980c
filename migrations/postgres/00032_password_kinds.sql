-- +goose Up

-- The foreign key locks orgs against writes until the migration ends.
SELECT in_turns('LOCK TABLE orgs IN SHARE ROW EXCLUSIVE MODE');

-- How many accounts of an org have password hashes of other systems, by scheme and cost. There is no row for an org without any.
-- Sign-ins with unknown addresses take as long as those of the members.
CREATE TABLE password_kinds (
    org_id   uuid PRIMARY KEY REFERENCES orgs (id) ON DELETE CASCADE,
    document text NOT NULL -- JSON
);

ALTER TABLE password_kinds ENABLE ROW LEVEL SECURITY;
ALTER TABLE password_kinds FORCE ROW LEVEL SECURITY;
CREATE POLICY own_org ON password_kinds
    USING (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid)
    WITH CHECK (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid);

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON password_kinds TO sole_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
SELECT in_turns('LOCK TABLE orgs, password_kinds IN ACCESS EXCLUSIVE MODE');
DROP TABLE password_kinds;
