-- +goose Up

-- Constants sealed at the first start: they tell at every later one whether the keys in
-- the configuration are those that the stored secrets were sealed with.
CREATE TABLE canaries (
    name   text PRIMARY KEY,
    sealed text NOT NULL
);
ALTER TABLE canaries ENABLE ROW LEVEL SECURITY;
ALTER TABLE canaries FORCE ROW LEVEL SECURITY;
CREATE POLICY secrets ON canaries
    USING (current_setting('sole.door', true) = 'secrets')
    WITH CHECK (current_setting('sole.door', true) = 'secrets');

-- The door 'secrets' sees what is sealed in every org, to count it per key and to find
-- what is due; it is replaced in units of its org.
CREATE POLICY secrets ON authenticators FOR SELECT USING (current_setting('sole.door', true) = 'secrets');

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        GRANT SELECT, INSERT, UPDATE ON canaries TO sole_app;
        REVOKE DELETE ON canaries FROM sole_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP POLICY secrets ON authenticators;
DROP TABLE canaries;
