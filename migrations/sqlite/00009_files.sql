-- +goose Up

-- Metadata of files, whose content is stored elsewhere. A plain file is kept when its creator
-- is deleted; an avatar is deleted with its account.
CREATE TABLE files (
    org_id     TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('file', 'avatar', 'logo')),
    account_id TEXT,
    name       TEXT NOT NULL,
    media      TEXT NOT NULL,
    size       INTEGER NOT NULL CHECK (size >= 0),
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, account_id) REFERENCES users (org_id, id) ON DELETE CASCADE,
    CHECK ((kind = 'avatar') = (account_id IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX files_one_avatar ON files (account_id, org_id) WHERE kind = 'avatar';
CREATE UNIQUE INDEX files_one_logo ON files (org_id) WHERE kind = 'logo';
CREATE INDEX files_by_creator ON files (created_by, org_id, id DESC);

-- +goose Down
DROP TABLE files;
