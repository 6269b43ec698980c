-- +goose Up

-- An account may have several links for one purpose: requesting another voids none.
CREATE TABLE several_links (
    org_id     TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    hash       TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (org_id, user_id, purpose, hash),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT;
INSERT INTO several_links (org_id, user_id, purpose, hash, expires_at) SELECT org_id, user_id, purpose, hash, expires_at FROM links;
DROP TABLE links;
ALTER TABLE several_links RENAME TO links;
CREATE UNIQUE INDEX links_hash ON links (hash, org_id);

-- +goose Down
CREATE TABLE single_links (
    org_id     TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    hash       TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (org_id, user_id, purpose),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT;
INSERT OR REPLACE INTO single_links (org_id, user_id, purpose, hash, expires_at)
    SELECT org_id, user_id, purpose, hash, expires_at FROM links ORDER BY expires_at, hash;
DROP TABLE links;
ALTER TABLE single_links RENAME TO links;
CREATE UNIQUE INDEX links_hash ON links (hash, org_id);
