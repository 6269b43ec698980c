-- +goose Up

-- Requested new addresses of accounts, until the link that was sent there is opened.
CREATE TABLE email_changes (
    org_id     uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id    uuid NOT NULL,
    session_id uuid NOT NULL,
    email      text NOT NULL,
    hash       text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX email_changes_hash ON email_changes (hash, org_id);
CREATE INDEX email_changes_by_session ON email_changes (org_id, session_id);
ALTER TABLE email_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE email_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY own_org ON email_changes
    USING (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid)
    WITH CHECK (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid);
CREATE POLICY sweep_select ON email_changes FOR SELECT USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_delete ON email_changes FOR DELETE USING (current_setting('sole.door', true) = 'sweep');

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON email_changes TO sole_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE email_changes;
