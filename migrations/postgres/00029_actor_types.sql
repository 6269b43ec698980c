-- +goose Up

-- The type of the account that caused an event; empty for a person and for the service itself. The constant default rewrites no
-- partition. Older builds do not know this column and write events of persons only, so they can still insert rows.
SELECT in_turns('LOCK TABLE audit_events IN ACCESS EXCLUSIVE MODE');
ALTER TABLE audit_events ADD COLUMN actor_type text NOT NULL DEFAULT '';

-- +goose Down
SELECT in_turns('LOCK TABLE audit_events IN ACCESS EXCLUSIVE MODE');
ALTER TABLE audit_events DROP COLUMN actor_type;
