-- +goose Up

-- Device tokens that were rotated a moment ago, with their sealed successors, like sessions.spent.
ALTER TABLE devices ADD COLUMN spent jsonb NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE devices DROP COLUMN spent;
