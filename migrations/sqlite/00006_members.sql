-- +goose Up

ALTER TABLE roles ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- The words by which accounts are found, sorted by bytes, so that words with a common prefix
-- are next to each other.
CREATE TABLE user_words (
    org_id  TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    word    TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (org_id, word, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX user_words_by_user ON user_words (user_id, org_id, word);
WITH RECURSIVE text (org_id, id, rest) AS (
    SELECT org_id, id, replace(replace(replace(replace(replace(lower(full_name || ' ' || email), '@', ' '), '.', ' '), '-', ' '), '+', ' '), '_', ' ') || ' ' FROM users
), split (org_id, id, word, rest) AS (
    SELECT org_id, id, '', rest FROM text
    UNION ALL
    SELECT org_id, id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM split WHERE rest <> ''
)
INSERT INTO user_words (org_id, word, user_id) SELECT DISTINCT org_id, substr(word, 1, 40), id FROM split WHERE word <> '';

-- Indexes of rare states, for which few rows exist.
CREATE INDEX users_suspended ON users (org_id, id) WHERE status = 'suspended';
CREATE INDEX users_invited ON users (org_id, id) WHERE password_hash = '';
DROP INDEX user_roles_by_role;
CREATE INDEX user_roles_by_role ON user_roles (role_id, org_id, user_id);

-- +goose Down
DROP INDEX user_roles_by_role;
CREATE INDEX user_roles_by_role ON user_roles (role_id, org_id);
DROP INDEX users_invited;
DROP INDEX users_suspended;
DROP TABLE user_words;
ALTER TABLE roles DROP COLUMN version;
