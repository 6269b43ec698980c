-- +goose Up

-- Every transaction of the service sets this role, which owns nothing and cannot bypass
-- row level security. If the login may not create roles, FORCE (below) binds the owner of
-- the tables instead, unless the owner is a superuser.
-- +goose StatementBegin
DO $$
BEGIN
    CREATE ROLE sole_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN RAISE NOTICE 'cannot create role sole_app: row level security binds the table owner only';
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') AND NOT pg_has_role(current_user, 'sole_app', 'MEMBER') THEN
        EXECUTE format('GRANT sole_app TO %I', current_user);
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN RAISE NOTICE 'cannot join role sole_app: row level security binds the table owner only';
END $$;
-- +goose StatementEnd

-- Only primary keys begin with org_id. With a secondary index that also begins with
-- org_id, the planner could read a whole org to find one row while statistics are missing.

CREATE TABLE orgs (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    slug       text NOT NULL CONSTRAINT orgs_slug_key UNIQUE,
    status     text NOT NULL CHECK (status IN ('active', 'suspended')),
    platform   boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    bigint NOT NULL
);

CREATE TABLE org_settings (
    org_id                       uuid PRIMARY KEY REFERENCES orgs (id) ON DELETE CASCADE,
    require_two_factor           boolean NOT NULL,
    mfa_required_actions         jsonb NOT NULL,
    remember_device_days         integer NOT NULL,
    session_timeout_minutes      integer NOT NULL,
    allow_profile_edit           boolean NOT NULL,
    allow_user_data_export       boolean NOT NULL,
    password_min_length          integer NOT NULL,
    audit_log_retention_days     integer NOT NULL,
    inactive_user_retention_days integer NOT NULL,
    default_locale               text NOT NULL,
    policy_version               bigint NOT NULL,
    updated_at                   timestamptz NOT NULL
);

CREATE TABLE roles (
    org_id      uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id          uuid NOT NULL,
    name        text NOT NULL,
    description text NOT NULL,
    system      boolean NOT NULL,
    granted     jsonb NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    CONSTRAINT roles_name_key UNIQUE (name, org_id)
);

CREATE TABLE users (
    org_id               uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id                   uuid NOT NULL,
    email                text NOT NULL,
    email_key            text NOT NULL,
    full_name            text NOT NULL,
    status               text NOT NULL CHECK (status IN ('active', 'suspended')),
    password_hash        text NOT NULL,
    must_change_password boolean NOT NULL,
    password_changed_at  timestamptz,
    last_sign_in_at      timestamptz,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    version              bigint NOT NULL,
    PRIMARY KEY (org_id, id),
    CONSTRAINT users_email_key UNIQUE (email_key, org_id)
);

CREATE TABLE user_roles (
    org_id  uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id uuid NOT NULL,
    role_id uuid NOT NULL,
    PRIMARY KEY (org_id, user_id, role_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, role_id) REFERENCES roles (org_id, id) ON DELETE RESTRICT
);
CREATE INDEX user_roles_by_role ON user_roles (role_id, org_id);

CREATE TABLE sessions (
    org_id       uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    user_id      uuid NOT NULL,
    amr          jsonb NOT NULL,
    auth_time    timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    end_reason   text NOT NULL,
    address      text NOT NULL,
    user_agent   text NOT NULL,
    family_hash  text NOT NULL,
    current_hash text NOT NULL,
    spent        jsonb NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);
CREATE INDEX sessions_by_user ON sessions (user_id, org_id, created_at DESC);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE authenticators (
    org_id         uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id        uuid NOT NULL,
    secret         text NOT NULL,
    enrolled_at    timestamptz,
    last_step      bigint NOT NULL,
    pending        text NOT NULL,
    pending_expiry timestamptz,
    PRIMARY KEY (org_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);

CREATE TABLE recovery_codes (
    org_id  uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id uuid NOT NULL,
    hash    text NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (org_id, user_id, hash),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);

CREATE TABLE devices (
    org_id       uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    user_id      uuid NOT NULL,
    name         text NOT NULL,
    token_hash   text NOT NULL,
    skips        integer NOT NULL,
    address      text NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);
CREATE INDEX devices_by_user ON devices (user_id, org_id);

-- Counters of failed attempts. They do not refer to accounts, because attempts with an
-- unknown address are counted too.
CREATE TABLE attempts (
    org_id        uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    key           text NOT NULL,
    failures      integer NOT NULL,
    window_end    timestamptz,
    locked_until  timestamptz,
    reserved      integer NOT NULL,
    reserved_till timestamptz,
    PRIMARY KEY (org_id, key)
);

-- Audit events, which never change. They refer to accounts without a foreign key, because
-- they are kept when an account is deleted.
CREATE TABLE audit_events (
    org_id        uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id            uuid NOT NULL,
    at            timestamptz NOT NULL,
    name          text NOT NULL,
    outcome       text NOT NULL,
    actor_id      uuid,
    resource_type text NOT NULL,
    resource_id   text NOT NULL,
    details       jsonb NOT NULL,
    address       text NOT NULL,
    user_agent    text NOT NULL,
    request_id    text NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX audit_events_by_time ON audit_events (org_id, at DESC, id DESC);

-- Row level security. sole.org_id contains the org of the unit of work; if it is empty or
-- missing, it matches no row. sole.door gives access across orgs: 'orgs' to find or create
-- an org, 'sweep' to remove expired rows.
-- +goose StatementBegin
DO $$
DECLARE
    tenant_table text;
    own_org constant text := 'org_id = NULLIF(current_setting(''sole.org_id'', true), '''')::uuid';
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['org_settings', 'roles', 'users', 'user_roles', 'sessions', 'authenticators',
                                        'recovery_codes', 'devices', 'attempts', 'audit_events'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_org ON %I USING (%s) WITH CHECK (%s)', tenant_table, own_org, own_org);
    END LOOP;
END $$;
-- +goose StatementEnd

ALTER TABLE orgs ENABLE ROW LEVEL SECURITY;
ALTER TABLE orgs FORCE ROW LEVEL SECURITY;
CREATE POLICY own_org ON orgs
    USING (id = NULLIF(current_setting('sole.org_id', true), '')::uuid)
    WITH CHECK (id = NULLIF(current_setting('sole.org_id', true), '')::uuid);
CREATE POLICY find ON orgs FOR SELECT USING (current_setting('sole.door', true) = 'orgs');

CREATE POLICY sweep_select ON sessions FOR SELECT USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_delete ON sessions FOR DELETE USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_select ON attempts FOR SELECT USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_delete ON attempts FOR DELETE USING (current_setting('sole.door', true) = 'sweep');

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO sole_app', current_schema());
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO sole_app', current_schema());
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO sole_app', current_schema());
        REVOKE UPDATE, DELETE ON audit_events FROM sole_app;
        REVOKE DELETE ON orgs FROM sole_app;
        REVOKE INSERT, UPDATE, DELETE ON goose_db_version FROM sole_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE audit_events, attempts, devices, recovery_codes, authenticators, sessions, user_roles, users, roles, org_settings, orgs;
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM sole_app', current_schema());
    END IF;
END $$;
-- +goose StatementEnd
