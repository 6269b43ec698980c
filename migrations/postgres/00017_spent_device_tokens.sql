-- +goose Up

-- Recently rotated device tokens, with their sealed successors, like sessions.spent.
ALTER TABLE devices ADD COLUMN spent jsonb NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE devices DROP COLUMN spent;
