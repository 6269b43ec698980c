-- +goose Up

ALTER TABLE roles ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- The words by which accounts are found, sorted by bytes, so that words with a common prefix
-- are next to each other.
CREATE TABLE user_words (
    org_id  uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    word    text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    PRIMARY KEY (org_id, word, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);
CREATE INDEX user_words_by_user ON user_words (user_id, org_id, word);
INSERT INTO user_words (org_id, word, user_id)
    SELECT DISTINCT org_id, left(word, 40), id FROM users, regexp_split_to_table(lower(full_name || ' ' || email), '[^[:alnum:]]+') AS word WHERE word <> '';
ALTER TABLE user_words ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_words FORCE ROW LEVEL SECURITY;
CREATE POLICY own_org ON user_words
    USING (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid)
    WITH CHECK (org_id = NULLIF(current_setting('sole.org_id', true), '')::uuid);

-- Indexes of rare states, for which few rows exist.
CREATE INDEX users_suspended ON users (org_id, id) WHERE status = 'suspended';
CREATE INDEX users_invited ON users (org_id, id) WHERE password_hash = '';
DROP INDEX user_roles_by_role;
CREATE INDEX user_roles_by_role ON user_roles (role_id, org_id, user_id);

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON user_words TO sole_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP INDEX user_roles_by_role;
CREATE INDEX user_roles_by_role ON user_roles (role_id, org_id);
DROP INDEX users_invited;
DROP INDEX users_suspended;
DROP TABLE user_words;
ALTER TABLE roles DROP COLUMN version;
