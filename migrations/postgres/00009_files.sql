-- +goose Up

-- Metadata of files, whose content is stored elsewhere. A plain file is kept when its creator
-- is deleted; an avatar is deleted with its account.
CREATE TABLE files (
    org_id     uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id         uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('file', 'avatar', 'logo')),
    account_id uuid,
    name       text NOT NULL,
    media      text NOT NULL,
    size       bigint NOT NULL CHECK (size >= 0),
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, account_id) REFERENCES users (org_id, id) ON DELETE CASCADE,
    CHECK ((kind = 'avatar') = (account_id IS NOT NULL))
);
CREATE UNIQUE INDEX files_one_avatar ON files (account_id, org_id) WHERE kind = 'avatar';
CREATE UNIQUE INDEX files_one_logo ON files (org_id) WHERE kind = 'logo';
CREATE INDEX files_by_creator ON files (created_by, org_id, id DESC);
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
ALTER TABLE files FORCE ROW LEVEL SECURITY;
CREATE POLICY own_org ON files
    USING (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid)
    WITH CHECK (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid);
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON files TO sole_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE files;
