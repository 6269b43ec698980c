-- +goose Up

-- The keys of other deployments that sealed the audit log of an org before the org was imported. They verify the seals of that
-- org up to a number. They are not in signing_keys, whose keys verify access tokens.
SELECT in_turns('LOCK TABLE orgs IN SHARE ROW EXCLUSIVE MODE');

CREATE TABLE seal_origins (
    org_id        uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    key           text NOT NULL,
    former_org_id uuid NOT NULL, -- the id of the org in the other deployment
    through       bigint NOT NULL CHECK (through > 0),
    public_pem    text NOT NULL,
    PRIMARY KEY (org_id, key, former_org_id)
);
ALTER TABLE seal_origins ENABLE ROW LEVEL SECURITY;
ALTER TABLE seal_origins FORCE ROW LEVEL SECURITY;
CREATE POLICY own_org ON seal_origins
    USING (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid)
    WITH CHECK (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid);
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        GRANT SELECT, INSERT ON seal_origins TO sole_app;
        REVOKE UPDATE, DELETE ON seal_origins FROM sole_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE seal_origins;
