-- +goose Up

-- Constants that were sealed at the first start. Every later start uses them to check that
-- the configured keys are the keys with which the stored secrets were sealed.
CREATE TABLE canaries (
    name   text PRIMARY KEY,
    sealed text NOT NULL
);
ALTER TABLE canaries ENABLE ROW LEVEL SECURITY;
ALTER TABLE canaries FORCE ROW LEVEL SECURITY;
CREATE POLICY secrets ON canaries
    USING (current_setting('sole.door', true) = 'secrets')
    WITH CHECK (current_setting('sole.door', true) = 'secrets');

-- The door 'secrets' can read the sealed secrets of every org, to count them per key and to
-- find those that are due. They are replaced in a unit of work on their org.
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
