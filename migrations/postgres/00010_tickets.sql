-- +goose Up

-- Unfinished sign-ins and step-ups that were started while the cache was unreachable.
CREATE TABLE tickets (
    org_id     uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    kind       text NOT NULL,
    hash       text NOT NULL,
    content    text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, kind, hash)
);
ALTER TABLE tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE tickets FORCE ROW LEVEL SECURITY;
CREATE POLICY own_org ON tickets
    USING (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid)
    WITH CHECK (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid);
CREATE POLICY sweep_select ON tickets FOR SELECT USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_delete ON tickets FOR DELETE USING (current_setting('sole.door', true) = 'sweep');

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON tickets TO sole_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE tickets;
