-- +goose Up

-- An account may have several authenticators of several kinds. The existing one of an account gets the kind totp and
-- the id of its account. Only one of the columns secret and pending was in use, so they become one column.
CREATE TABLE authenticators_new (
    org_id         TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id             TEXT NOT NULL,
    user_id        TEXT NOT NULL,
    kind           TEXT NOT NULL,
    name           TEXT NOT NULL,
    secret         TEXT NOT NULL,
    handle         TEXT NOT NULL,
    data           TEXT NOT NULL,
    counter        INTEGER NOT NULL,
    created_at     TEXT NOT NULL,
    enrolled_at    TEXT,
    last_used_at   TEXT,
    pending_expiry TEXT,
    pending_by     TEXT NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT;
INSERT INTO authenticators_new
    SELECT org_id, user_id, user_id, 'totp', '', iif(enrolled_at IS NULL, pending, secret), '', '', last_step,
           coalesce(enrolled_at, strftime('%Y-%m-%d %H:%M:%S+00:00', pending_expiry, '-10 minutes')),
           enrolled_at, NULL, pending_expiry, pending_by
    FROM authenticators WHERE enrolled_at IS NOT NULL OR pending_expiry IS NOT NULL;
DROP TABLE authenticators;
ALTER TABLE authenticators_new RENAME TO authenticators;
CREATE INDEX authenticators_by_user ON authenticators (org_id, user_id);
CREATE UNIQUE INDEX authenticators_by_handle ON authenticators (org_id, kind, handle) WHERE handle <> '';

-- +goose Down
CREATE TABLE authenticators_old (
    org_id         TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id        TEXT NOT NULL,
    secret         TEXT NOT NULL,
    enrolled_at    TEXT,
    last_step      INTEGER NOT NULL,
    pending        TEXT NOT NULL,
    pending_expiry TEXT,
    pending_by     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (org_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT;
INSERT INTO authenticators_old
    SELECT org_id, user_id, iif(enrolled_at IS NULL, '', secret), enrolled_at, counter, iif(enrolled_at IS NULL, secret, ''), pending_expiry, pending_by
    FROM authenticators WHERE kind = 'totp';
DROP TABLE authenticators;
ALTER TABLE authenticators_old RENAME TO authenticators;
