-- +goose Up

-- Hashes of links that were sent by email: one per account and purpose; a new link replaces
-- the old one.
CREATE TABLE links (
    org_id     uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id    uuid NOT NULL,
    purpose    text NOT NULL,
    hash       text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, user_id, purpose),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX links_hash ON links (hash, org_id);
ALTER TABLE links ENABLE ROW LEVEL SECURITY;
ALTER TABLE links FORCE ROW LEVEL SECURITY;
CREATE POLICY own_org ON links
    USING (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid)
    WITH CHECK (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid);
CREATE POLICY sweep_select ON links FOR SELECT USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_delete ON links FOR DELETE USING (current_setting('sole.door', true) = 'sweep');

-- A forgotten device is listed for some time, with the reason why it ended.
ALTER TABLE devices ADD COLUMN ended_at timestamptz, ADD COLUMN end_reason text NOT NULL DEFAULT '';
CREATE POLICY sweep_select ON devices FOR SELECT USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_delete ON devices FOR DELETE USING (current_setting('sole.door', true) = 'sweep');

-- The door 'discover' finds the orgs in which an address has an account. The answer is sent
-- only to that address.
CREATE POLICY discover ON users FOR SELECT USING (current_setting('sole.door', true) = 'discover');
CREATE POLICY discover ON orgs FOR SELECT USING (current_setting('sole.door', true) = 'discover');

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON links TO sole_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP POLICY discover ON orgs;
DROP POLICY discover ON users;
DROP POLICY sweep_delete ON devices;
DROP POLICY sweep_select ON devices;
DELETE FROM devices WHERE ended_at IS NOT NULL;
ALTER TABLE devices DROP COLUMN ended_at, DROP COLUMN end_reason;
DROP TABLE links;
