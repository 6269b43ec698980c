-- +goose Up

-- Keys that sign access tokens. They belong to no org. Only the public key of a configured
-- key is stored, so that its tokens can be verified after the key was replaced.
CREATE TABLE signing_keys (
    id             text PRIMARY KEY,
    source         text NOT NULL CHECK (source IN ('configured', 'database')),
    public_pem     text NOT NULL,
    sealed_private text NOT NULL,
    created_at     timestamptz NOT NULL,
    signs_from     timestamptz NOT NULL,
    retired_at     timestamptz
);
ALTER TABLE signing_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE signing_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY keys ON signing_keys USING (current_setting('sole.door', true) = 'keys') WITH CHECK (current_setting('sole.door', true) = 'keys');
CREATE POLICY secrets_select ON signing_keys FOR SELECT USING (current_setting('sole.door', true) = 'secrets');
CREATE POLICY secrets_update ON signing_keys FOR UPDATE USING (current_setting('sole.door', true) = 'secrets');

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        GRANT SELECT, INSERT, UPDATE ON signing_keys TO sole_app;
        REVOKE DELETE ON signing_keys FROM sole_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE signing_keys;
