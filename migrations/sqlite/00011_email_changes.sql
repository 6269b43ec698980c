-- +goose Up

-- Requested new addresses of accounts, until the link that was sent there is opened.
CREATE TABLE email_changes (
    org_id     TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL,
    session_id TEXT NOT NULL,
    email      TEXT NOT NULL,
    hash       TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (org_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX email_changes_hash ON email_changes (hash, org_id);
CREATE INDEX email_changes_by_session ON email_changes (org_id, session_id);

-- +goose Down
DROP TABLE email_changes;
