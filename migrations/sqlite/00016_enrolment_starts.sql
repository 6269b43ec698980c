-- +goose Up

-- The session or the sign-in that started the enrolment. Only this one can read the pending secret again.
ALTER TABLE authenticators ADD COLUMN pending_by TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE authenticators DROP COLUMN pending_by;
