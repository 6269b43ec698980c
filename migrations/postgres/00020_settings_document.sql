-- +goose Up

-- The settings of an org are one JSON document of names and values. domain.Settings declares
-- them, so a new setting needs no migration. This migration turns FORCE ROW LEVEL SECURITY
-- off for a moment, because the owner of the table has to write the rows of all orgs.
ALTER TABLE org_settings ADD COLUMN document jsonb;
ALTER TABLE org_settings NO FORCE ROW LEVEL SECURITY;
UPDATE org_settings SET document = jsonb_build_object(
    'require_two_factor', require_two_factor,
    'mfa_required_actions', mfa_required_actions,
    'remember_device_days', remember_device_days,
    'session_timeout_minutes', session_timeout_minutes,
    'allow_profile_edit', allow_profile_edit,
    'allow_user_data_export', allow_user_data_export,
    'password_min_length', password_min_length,
    'default_locale', default_locale,
    'audit_log_retention_days', audit_log_retention_days,
    'inactive_user_retention_days', inactive_user_retention_days);
ALTER TABLE org_settings FORCE ROW LEVEL SECURITY;
ALTER TABLE org_settings ALTER COLUMN document SET NOT NULL;

DROP POLICY expire ON audit_events;
CREATE POLICY expire ON audit_events AS RESTRICTIVE FOR DELETE USING (
    current_setting('sole.door', true) = 'expire'
    AND EXISTS (SELECT FROM audit_proofs p WHERE p.org_id = audit_events.org_id AND p.event_id = audit_events.id)
    AND EXISTS (SELECT FROM org_settings s WHERE s.org_id = audit_events.org_id
                AND (s.document ->> 'audit_log_retention_days')::integer > 0
                AND audit_events.at < now() - make_interval(days => (s.document ->> 'audit_log_retention_days')::integer)));

ALTER TABLE org_settings
    DROP COLUMN require_two_factor,
    DROP COLUMN mfa_required_actions,
    DROP COLUMN remember_device_days,
    DROP COLUMN session_timeout_minutes,
    DROP COLUMN allow_profile_edit,
    DROP COLUMN allow_user_data_export,
    DROP COLUMN password_min_length,
    DROP COLUMN default_locale,
    DROP COLUMN audit_log_retention_days,
    DROP COLUMN inactive_user_retention_days;

-- +goose Down
ALTER TABLE org_settings
    ADD COLUMN require_two_factor boolean,
    ADD COLUMN mfa_required_actions jsonb,
    ADD COLUMN remember_device_days integer,
    ADD COLUMN session_timeout_minutes integer,
    ADD COLUMN allow_profile_edit boolean,
    ADD COLUMN allow_user_data_export boolean,
    ADD COLUMN password_min_length integer,
    ADD COLUMN default_locale text,
    ADD COLUMN audit_log_retention_days integer,
    ADD COLUMN inactive_user_retention_days integer;
ALTER TABLE org_settings NO FORCE ROW LEVEL SECURITY;
UPDATE org_settings SET
    require_two_factor = (document ->> 'require_two_factor')::boolean,
    mfa_required_actions = document -> 'mfa_required_actions',
    remember_device_days = (document ->> 'remember_device_days')::integer,
    session_timeout_minutes = (document ->> 'session_timeout_minutes')::integer,
    allow_profile_edit = (document ->> 'allow_profile_edit')::boolean,
    allow_user_data_export = (document ->> 'allow_user_data_export')::boolean,
    password_min_length = (document ->> 'password_min_length')::integer,
    default_locale = document ->> 'default_locale',
    audit_log_retention_days = (document ->> 'audit_log_retention_days')::integer,
    inactive_user_retention_days = (document ->> 'inactive_user_retention_days')::integer;
ALTER TABLE org_settings FORCE ROW LEVEL SECURITY;
ALTER TABLE org_settings
    ALTER COLUMN require_two_factor SET NOT NULL,
    ALTER COLUMN mfa_required_actions SET NOT NULL,
    ALTER COLUMN remember_device_days SET NOT NULL,
    ALTER COLUMN session_timeout_minutes SET NOT NULL,
    ALTER COLUMN allow_profile_edit SET NOT NULL,
    ALTER COLUMN allow_user_data_export SET NOT NULL,
    ALTER COLUMN password_min_length SET NOT NULL,
    ALTER COLUMN default_locale SET NOT NULL,
    ALTER COLUMN audit_log_retention_days SET NOT NULL,
    ALTER COLUMN inactive_user_retention_days SET NOT NULL;

DROP POLICY expire ON audit_events;
CREATE POLICY expire ON audit_events AS RESTRICTIVE FOR DELETE USING (
    current_setting('sole.door', true) = 'expire'
    AND EXISTS (SELECT FROM audit_proofs p WHERE p.org_id = audit_events.org_id AND p.event_id = audit_events.id)
    AND EXISTS (SELECT FROM org_settings s WHERE s.org_id = audit_events.org_id AND s.audit_log_retention_days > 0
                AND audit_events.at < now() - make_interval(days => s.audit_log_retention_days)));
ALTER TABLE org_settings DROP COLUMN document;
