-- +goose Up

-- Unfinished sign-ins and step-ups that were started while the cache was unreachable.
CREATE TABLE tickets (
    org_id     TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    content    TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (org_id, kind, hash)
) STRICT;

-- +goose Down
DROP TABLE tickets;
