-- +goose Up

-- Constants that were sealed at the first start. Every later start uses them to check that
-- the configured keys are the keys with which the stored secrets were sealed.
CREATE TABLE canaries (
    name   TEXT PRIMARY KEY,
    sealed TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE canaries;
