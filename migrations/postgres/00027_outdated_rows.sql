-- +goose NO TRANSACTION
-- +goose Up

-- The removal of outdated rows finds them by an index instead of reading every session and device. The indexes are built
-- while sessions and devices are written. One that a failed migration has left is not valid and is built again.
DROP INDEX CONCURRENTLY IF EXISTS sessions_by_end;
CREATE INDEX CONCURRENTLY sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS devices_by_end;
CREATE INDEX CONCURRENTLY devices_by_end ON devices (ended_at) WHERE ended_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS devices_by_expiry;
CREATE INDEX CONCURRENTLY devices_by_expiry ON devices (expires_at);

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS sessions_by_end;
DROP INDEX CONCURRENTLY IF EXISTS devices_by_end;
DROP INDEX CONCURRENTLY IF EXISTS devices_by_expiry;
