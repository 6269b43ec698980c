-- +goose Up

-- The algorithm that a key signs with. Older builds do not know this column and create RSA keys only, so they can still insert rows.
ALTER TABLE signing_keys ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'RS256' CHECK (algorithm IN ('RS256', 'ES256'));

-- +goose Down
ALTER TABLE signing_keys DROP COLUMN algorithm;
