-- +goose Up

-- The settings of an org are one JSON document of names and values. domain.Settings declares
-- them, so a new setting needs no migration.
CREATE TABLE org_settings_new (
    org_id         TEXT PRIMARY KEY REFERENCES orgs (id) ON DELETE CASCADE,
    document       TEXT NOT NULL,
    policy_version INTEGER NOT NULL,
    updated_at     TEXT NOT NULL
) STRICT;
INSERT INTO org_settings_new SELECT org_id, json_object(
    'require_two_factor', json(iif(require_two_factor, 'true', 'false')),
    'mfa_required_actions', json(mfa_required_actions),
    'remember_device_days', remember_device_days,
    'session_timeout_minutes', session_timeout_minutes,
    'allow_profile_edit', json(iif(allow_profile_edit, 'true', 'false')),
    'allow_user_data_export', json(iif(allow_user_data_export, 'true', 'false')),
    'password_min_length', password_min_length,
    'default_locale', default_locale,
    'audit_log_retention_days', audit_log_retention_days,
    'inactive_user_retention_days', inactive_user_retention_days), policy_version, updated_at
FROM org_settings;
DROP TABLE org_settings;
ALTER TABLE org_settings_new RENAME TO org_settings;

-- +goose Down
CREATE TABLE org_settings_old (
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
INSERT INTO org_settings_old SELECT org_id,
    document ->> 'require_two_factor', document -> 'mfa_required_actions', document ->> 'remember_device_days',
    document ->> 'session_timeout_minutes', document ->> 'allow_profile_edit', document ->> 'allow_user_data_export',
    document ->> 'password_min_length', document ->> 'audit_log_retention_days', document ->> 'inactive_user_retention_days',
    document ->> 'default_locale', policy_version, updated_at
FROM org_settings;
DROP TABLE org_settings;
ALTER TABLE org_settings_old RENAME TO org_settings;
