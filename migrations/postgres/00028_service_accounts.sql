-- +goose Up

-- The foreign keys lock orgs and roles against writes until the migration ends.
SELECT in_turns('LOCK TABLE orgs, roles IN SHARE ROW EXCLUSIVE MODE');

-- Accounts of programs. The account that granted the roles may have been removed, so granted_by has no foreign key. The stamp is
-- replaced at each change of the account or its roles, like that of users.
CREATE TABLE service_accounts (
    org_id      uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id          uuid NOT NULL,
    name        text NOT NULL,
    name_key    text NOT NULL,
    description text NOT NULL,
    status      text NOT NULL CHECK (status IN ('active', 'suspended')),
    granted_by  uuid,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    version     bigint NOT NULL,
    stamp       bigint NOT NULL DEFAULT (random() * 9007199254740992)::bigint,
    PRIMARY KEY (org_id, id),
    CONSTRAINT service_accounts_name_key UNIQUE (name_key, org_id)
);

CREATE TABLE service_account_roles (
    org_id             uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    service_account_id uuid NOT NULL,
    role_id            uuid NOT NULL,
    PRIMARY KEY (org_id, service_account_id, role_id),
    FOREIGN KEY (org_id, service_account_id) REFERENCES service_accounts (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, role_id) REFERENCES roles (org_id, id) ON DELETE RESTRICT
);
CREATE INDEX service_account_roles_by_role ON service_account_roles (role_id, org_id);

-- A request reads the row of its key, so a key needs no stamp. networks is a list of prefixes; an empty list allows every address.
CREATE TABLE api_keys (
    org_id             uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id                 uuid NOT NULL,
    service_account_id uuid NOT NULL,
    name               text NOT NULL,
    hash               text NOT NULL,
    networks           jsonb NOT NULL,
    created_by         uuid,
    created_at         timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL,
    last_used_at       timestamptz,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, service_account_id) REFERENCES service_accounts (org_id, id) ON DELETE CASCADE,
    CONSTRAINT api_keys_hash_key UNIQUE (hash, org_id)
);
CREATE INDEX api_keys_by_service_account ON api_keys (service_account_id, org_id);
CREATE INDEX api_keys_by_expiry ON api_keys (expires_at);

-- Access tokens of service accounts that were revoked before they expired. token is the jti.
CREATE TABLE revoked_tokens (
    org_id     uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    token      text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, token)
);
CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at);

CREATE TRIGGER stamp BEFORE UPDATE ON service_accounts FOR EACH ROW EXECUTE FUNCTION set_stamp();
-- +goose StatementBegin
CREATE FUNCTION stamp_service_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record;
BEGIN
    changed := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    UPDATE service_accounts SET stamp = DEFAULT
        WHERE org_id = changed.org_id AND id = changed.service_account_id AND xmin <> pg_current_xact_id()::xid;
    IF NOT FOUND AND row_security_active('service_accounts')
        AND current_setting('sole.org_id', true) IS DISTINCT FROM changed.org_id::text THEN
        RAISE EXCEPTION 'the service account of the changed row is hidden: set sole.org_id to its org';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.org_id, OLD.service_account_id) IS DISTINCT FROM (NEW.org_id, NEW.service_account_id) THEN
        UPDATE service_accounts SET stamp = DEFAULT WHERE org_id = OLD.org_id AND id = OLD.service_account_id;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE ON service_account_roles FOR EACH ROW EXECUTE FUNCTION stamp_service_account();
CREATE TRIGGER stamp_truncate AFTER TRUNCATE ON service_account_roles FOR EACH STATEMENT EXECUTE FUNCTION stamp_orgs();

-- +goose StatementBegin
DO $$
DECLARE
    tenant_table text;
    own_org constant text := 'org_id = NULLIF(current_setting(''sole.org_id'', true), '''')::uuid';
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['service_accounts', 'service_account_roles', 'api_keys', 'revoked_tokens'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_org ON %I USING (%s) WITH CHECK (%s)', tenant_table, own_org, own_org);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO sole_app', tenant_table);
        END IF;
    END LOOP;
END $$;
-- +goose StatementEnd
CREATE POLICY sweep_select ON api_keys FOR SELECT USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_delete ON api_keys FOR DELETE USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_select ON revoked_tokens FOR SELECT USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_delete ON revoked_tokens FOR DELETE USING (current_setting('sole.door', true) = 'sweep');

-- +goose Down
SELECT in_turns('LOCK TABLE orgs, roles, service_accounts, service_account_roles, api_keys, revoked_tokens IN ACCESS EXCLUSIVE MODE');
DROP TABLE revoked_tokens, api_keys, service_account_roles, service_accounts;
DROP FUNCTION stamp_service_account();
