-- +goose Up

-- The removal of outdated rows finds them by an index instead of reading every session and device.
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX devices_by_end ON devices (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX devices_by_expiry ON devices (expires_at);

-- +goose Down
DROP INDEX sessions_by_end;
DROP INDEX devices_by_end;
DROP INDEX devices_by_expiry;
