-- +goose Up

-- Constants sealed at the first start: they tell at every later one whether the keys in
-- the configuration are those that the stored secrets were sealed with.
CREATE TABLE canaries (
    name   TEXT PRIMARY KEY,
    sealed TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE canaries;
