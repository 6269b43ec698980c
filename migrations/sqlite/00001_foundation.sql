-- +goose Up

-- SQLite has no row level security: the org conditions of the repositories and the composite
-- keys keep orgs apart. Times are UTC text, which sorts by time.

-- Only primary keys begin with org_id. With a secondary index that also begins with
-- org_id, the planner could read a whole org to find one row while statistics are missing.

CREATE TABLE orgs (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    slug       TEXT NOT NULL CONSTRAINT orgs_slug_key UNIQUE,
    status     TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    platform   INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version    INTEGER NOT NULL
) STRICT;

CREATE TABLE org_settings (
    org_id                       TEXT PRIMARY KEY REFERENCES orgs (id) ON DELETE CASCADE,
    require_two_factor           INTEGER NOT NULL,
    mfa_required_actions         TEXT NOT NULL,
    remember_device_days         INTEGER NOT NULL,
    session_timeout_minutes      INTEGER NOT NULL,
    allow_profile_edit           INTEGER NOT NULL,
    allow_user_data_export       INTEGER NOT NULL,
    password_min_length          INTEGER NOT NULL,
    audit_log_retention_days     INTEGER NOT NULL,
    inactive_user_retention_days INTEGER NOT NULL,
    default_locale               TEXT NOT NULL,
    policy_version               INTEGER NOT NULL,
    updated_at                   TEXT NOT NULL
) STRICT;

CREATE TABLE roles (
    org_id      TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    system      INTEGER NOT NULL,
    granted     TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    PRIMARY KEY (org_id, id),
    CONSTRAINT roles_name_key UNIQUE (name, org_id)
) STRICT;

CREATE TABLE users (
    org_id               TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id                   TEXT NOT NULL,
    email                TEXT NOT NULL,
    email_key            TEXT NOT NULL,
    full_name            TEXT NOT NULL,
    status               TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    password_hash        TEXT NOT NULL,
    must_change_password INTEGER NOT NULL,
    password_changed_at  TEXT,
    last_sign_in_at      TEXT,
    created_at           TEXT NOT NULL,
    updated_at           TEXT NOT NULL,
    version              INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    CONSTRAINT users_email_key UNIQUE (email_key, org_id)
) STRICT;

CREATE TABLE user_roles (
    org_id  TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    role_id TEXT NOT NULL,
    PRIMARY KEY (org_id, user_id, role_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, role_id) REFERENCES roles (org_id, id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX user_roles_by_role ON user_roles (role_id, org_id);

CREATE TABLE sessions (
    org_id       TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id           TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    amr          TEXT NOT NULL,
    auth_time    TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    ended_at     TEXT,
    end_reason   TEXT NOT NULL,
    address      TEXT NOT NULL,
    user_agent   TEXT NOT NULL,
    family_hash  TEXT NOT NULL,
    current_hash TEXT NOT NULL,
    spent        TEXT NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, org_id, created_at DESC);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE authenticators (
    org_id         TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id        TEXT NOT NULL,
    secret         TEXT NOT NULL,
    enrolled_at    TEXT,
    last_step      INTEGER NOT NULL,
    pending        TEXT NOT NULL,
    pending_expiry TEXT,
    PRIMARY KEY (org_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE recovery_codes (
    org_id  TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    hash    TEXT NOT NULL,
    used_at TEXT,
    PRIMARY KEY (org_id, user_id, hash),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE devices (
    org_id       TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id           TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    name         TEXT NOT NULL,
    token_hash   TEXT NOT NULL,
    skips        INTEGER NOT NULL,
    address      TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    last_used_at TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX devices_by_user ON devices (user_id, org_id);

-- Counters of failed attempts. They do not refer to accounts, because attempts with an
-- unknown address are counted too.
CREATE TABLE attempts (
    org_id        TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    key           TEXT NOT NULL,
    failures      INTEGER NOT NULL,
    window_end    TEXT,
    locked_until  TEXT,
    reserved      INTEGER NOT NULL,
    reserved_till TEXT,
    PRIMARY KEY (org_id, key)
) STRICT;

-- Audit events, which never change. They refer to accounts without a foreign key, because
-- they are kept when an account is deleted.
CREATE TABLE audit_events (
    org_id        TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id            TEXT NOT NULL,
    at            TEXT NOT NULL,
    name          TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    actor_id      TEXT,
    resource_type TEXT NOT NULL,
    resource_id   TEXT NOT NULL,
    details       TEXT NOT NULL,
    address       TEXT NOT NULL,
    user_agent    TEXT NOT NULL,
    request_id    TEXT NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;
CREATE INDEX audit_events_by_time ON audit_events (org_id, at DESC, id DESC);

-- +goose Down
DROP TABLE audit_events;
DROP TABLE attempts;
DROP TABLE devices;
DROP TABLE recovery_codes;
DROP TABLE authenticators;
DROP TABLE sessions;
DROP TABLE user_roles;
DROP TABLE users;
DROP TABLE roles;
DROP TABLE org_settings;
DROP TABLE orgs;
