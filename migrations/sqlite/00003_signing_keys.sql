-- +goose Up

-- Keys that sign access tokens. They belong to no org. Only the public key of a configured
-- key is stored, so that its tokens can be verified after the key was replaced.
CREATE TABLE signing_keys (
    id             TEXT PRIMARY KEY,
    source         TEXT NOT NULL CHECK (source IN ('configured', 'database')),
    public_pem     TEXT NOT NULL,
    sealed_private TEXT NOT NULL,
    created_at     TEXT NOT NULL,
    signs_from     TEXT NOT NULL,
    retired_at     TEXT
) STRICT;

-- +goose Down
DROP TABLE signing_keys;
