-- +goose Up

-- Accounts of programs. The account that granted the roles may have been removed, so granted_by has no foreign key. The stamp is
-- replaced at each change of the account or its roles, like that of users.
CREATE TABLE service_accounts (
    org_id      TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    description TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    granted_by  TEXT,
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL,
    version     INTEGER NOT NULL,
    stamp       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id),
    UNIQUE (name_key, org_id)
) STRICT;

CREATE TABLE service_account_roles (
    org_id             TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    service_account_id TEXT NOT NULL,
    role_id            TEXT NOT NULL,
    PRIMARY KEY (org_id, service_account_id, role_id),
    FOREIGN KEY (org_id, service_account_id) REFERENCES service_accounts (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, role_id) REFERENCES roles (org_id, id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX service_account_roles_by_role ON service_account_roles (role_id, org_id);

-- A request reads the row of its key, so a key needs no stamp. networks is a list of prefixes; an empty list allows every address.
CREATE TABLE api_keys (
    org_id             TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id                 TEXT NOT NULL,
    service_account_id TEXT NOT NULL,
    name               TEXT NOT NULL,
    hash               TEXT NOT NULL,
    networks           TEXT NOT NULL,
    created_by         TEXT,
    created_at         TEXT NOT NULL,
    expires_at         TEXT NOT NULL,
    last_used_at       TEXT,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, service_account_id) REFERENCES service_accounts (org_id, id) ON DELETE CASCADE,
    UNIQUE (hash, org_id)
) STRICT;
CREATE INDEX api_keys_by_service_account ON api_keys (service_account_id, org_id);
CREATE INDEX api_keys_by_expiry ON api_keys (expires_at);

-- Access tokens of service accounts that were revoked before they expired. token is the jti.
CREATE TABLE revoked_tokens (
    org_id     TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    token      TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (org_id, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at);

-- +goose StatementBegin
CREATE TRIGGER service_accounts_stamp_insert AFTER INSERT ON service_accounts WHEN NEW.stamp = 0 BEGIN
    UPDATE service_accounts SET stamp = random() WHERE org_id = NEW.org_id AND id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER service_accounts_stamp_update AFTER UPDATE ON service_accounts WHEN NEW.stamp = OLD.stamp BEGIN
    UPDATE service_accounts SET stamp = random() WHERE org_id = NEW.org_id AND id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER service_account_roles_stamp_insert AFTER INSERT ON service_account_roles BEGIN
    UPDATE service_accounts SET stamp = random() WHERE org_id = NEW.org_id AND id = NEW.service_account_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER service_account_roles_stamp_update AFTER UPDATE ON service_account_roles BEGIN
    UPDATE service_accounts SET stamp = random()
        WHERE (org_id, id) IN (VALUES (OLD.org_id, OLD.service_account_id), (NEW.org_id, NEW.service_account_id));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER service_account_roles_stamp_delete AFTER DELETE ON service_account_roles BEGIN
    UPDATE service_accounts SET stamp = random() WHERE org_id = OLD.org_id AND id = OLD.service_account_id;
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE revoked_tokens;
DROP TABLE api_keys;
DROP TABLE service_account_roles;
DROP TABLE service_accounts;
