-- +goose Up

-- A sign-in that began before the account was suspended cannot continue after it is active again.
ALTER TABLE users ADD COLUMN last_suspended_at TEXT;

-- +goose Down
ALTER TABLE users DROP COLUMN last_suspended_at;
