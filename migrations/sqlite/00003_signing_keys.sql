-- +goose Up

-- Keys that sign access tokens. They belong to no org; of a configured key only the public
-- half is here, so that its tokens verify after it was replaced.
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
