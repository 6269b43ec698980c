-- +goose Up

-- An account may have several authenticators of several kinds. The existing one of an account gets the kind totp and
-- the id of its account. Only one of the columns secret and pending was in use, so they become one column.
-- The owner of the table can read all rows only while row level security does not bind owners.
ALTER TABLE authenticators NO FORCE ROW LEVEL SECURITY;
DELETE FROM authenticators WHERE enrolled_at IS NULL AND pending_expiry IS NULL;
ALTER TABLE authenticators
    ADD COLUMN id           uuid,
    ADD COLUMN kind         text NOT NULL DEFAULT 'totp',
    ADD COLUMN name         text NOT NULL DEFAULT '',
    ADD COLUMN handle       text NOT NULL DEFAULT '',
    ADD COLUMN data         text NOT NULL DEFAULT '',
    ADD COLUMN created_at   timestamptz,
    ADD COLUMN last_used_at timestamptz;
ALTER TABLE authenticators RENAME COLUMN last_step TO counter;
UPDATE authenticators SET
    id = user_id,
    secret = CASE WHEN enrolled_at IS NULL THEN pending ELSE secret END,
    created_at = coalesce(enrolled_at, pending_expiry - interval '10 minutes');
ALTER TABLE authenticators
    DROP COLUMN pending,
    DROP CONSTRAINT authenticators_pkey,
    ALTER COLUMN id SET NOT NULL,
    ALTER COLUMN created_at SET NOT NULL,
    ALTER COLUMN kind DROP DEFAULT,
    ALTER COLUMN name DROP DEFAULT,
    ALTER COLUMN handle DROP DEFAULT,
    ALTER COLUMN data DROP DEFAULT,
    ADD PRIMARY KEY (org_id, id);
CREATE INDEX authenticators_by_user ON authenticators (org_id, user_id);
CREATE UNIQUE INDEX authenticators_by_handle ON authenticators (org_id, kind, handle) WHERE handle <> '';
ALTER TABLE authenticators FORCE ROW LEVEL SECURITY;

-- +goose Down
ALTER TABLE authenticators NO FORCE ROW LEVEL SECURITY;
DELETE FROM authenticators WHERE kind <> 'totp';
DROP INDEX authenticators_by_user, authenticators_by_handle;
ALTER TABLE authenticators ADD COLUMN pending text NOT NULL DEFAULT '';
UPDATE authenticators SET pending = secret, secret = '' WHERE enrolled_at IS NULL;
ALTER TABLE authenticators RENAME COLUMN counter TO last_step;
ALTER TABLE authenticators
    DROP CONSTRAINT authenticators_pkey,
    DROP COLUMN id,
    DROP COLUMN kind,
    DROP COLUMN name,
    DROP COLUMN handle,
    DROP COLUMN data,
    DROP COLUMN created_at,
    DROP COLUMN last_used_at,
    ALTER COLUMN pending DROP DEFAULT,
    ADD PRIMARY KEY (org_id, user_id);
ALTER TABLE authenticators FORCE ROW LEVEL SECURITY;
