-- +goose Up

-- An account may have several links for one purpose: requesting another voids none.
ALTER TABLE links DROP CONSTRAINT links_pkey;
ALTER TABLE links ADD PRIMARY KEY (org_id, user_id, purpose, hash);

-- +goose Down
DELETE FROM links older USING links newer
    WHERE newer.org_id = older.org_id AND newer.user_id = older.user_id AND newer.purpose = older.purpose
    AND (newer.expires_at, newer.hash) > (older.expires_at, older.hash);
ALTER TABLE links DROP CONSTRAINT links_pkey;
ALTER TABLE links ADD PRIMARY KEY (org_id, user_id, purpose);
