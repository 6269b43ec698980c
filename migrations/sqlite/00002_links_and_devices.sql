-- +goose Up

-- Hashes of links that were sent by email: one per account and purpose; a new link replaces
-- the old one.
CREATE TABLE links (
    org_id     TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    hash       TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (org_id, user_id, purpose),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX links_hash ON links (hash, org_id);

-- A forgotten device is listed for some time, with the reason why it ended.
ALTER TABLE devices ADD COLUMN ended_at TEXT;
ALTER TABLE devices ADD COLUMN end_reason TEXT NOT NULL DEFAULT '';

-- +goose Down
DELETE FROM devices WHERE ended_at IS NOT NULL;
ALTER TABLE devices DROP COLUMN end_reason;
ALTER TABLE devices DROP COLUMN ended_at;
DROP TABLE links;
