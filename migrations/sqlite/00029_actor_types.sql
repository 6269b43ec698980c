-- +goose Up

-- The type of the account that caused an event; empty for a person and for the service itself. Older builds do not know this column
-- and write events of persons only, so they can still insert rows.
ALTER TABLE audit_events ADD COLUMN actor_type TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE audit_events DROP COLUMN actor_type;
