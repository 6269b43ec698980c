-- The tables of the earlier service, as far as this service reads them.
CREATE TYPE platform_status AS ENUM ('INVITED', 'ACTIVE', 'SUSPENDED');
CREATE TABLE orgs (id text PRIMARY KEY, name text NOT NULL, slug text NOT NULL UNIQUE, status text NOT NULL);
CREATE TABLE org_settings (
	org_id text PRIMARY KEY REFERENCES orgs,
	require_two_factor boolean, mfa_required_actions json, remember_device_days integer, session_timeout_minutes integer,
	allow_profile_edit boolean, allow_user_data_export boolean, audit_log_retention_days integer,
	inactive_user_retention_days integer, policy_version integer, theme json, default_currency text
);
CREATE TABLE users (
	id uuid PRIMARY KEY, org_id text NOT NULL REFERENCES orgs, email text NOT NULL, full_name text, hashed_password text,
	is_active boolean NOT NULL DEFAULT true, is_superuser boolean NOT NULL DEFAULT false,
	mfa_enabled boolean NOT NULL DEFAULT false, mfa_method text, mfa_secret_encrypted text, mfa_confirmed_at timestamptz,
	must_change_password boolean NOT NULL DEFAULT false, last_active_at timestamptz, created_at timestamptz NOT NULL DEFAULT now(),
	phone text, UNIQUE (org_id, email)
);
CREATE TABLE org_memberships (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(), org_id text NOT NULL REFERENCES orgs, user_id uuid NOT NULL REFERENCES users,
	platform_status platform_status NOT NULL, invitation_status text, UNIQUE (org_id, user_id)
);
CREATE TABLE roles (
	id uuid PRIMARY KEY, org_id text NOT NULL REFERENCES orgs, name text NOT NULL, description text,
	is_system_role boolean NOT NULL DEFAULT false, permissions jsonb
);
CREATE TABLE user_roles (
	org_id text NOT NULL, user_id uuid NOT NULL REFERENCES users, role_id uuid NOT NULL REFERENCES roles, PRIMARY KEY (user_id, role_id)
);
CREATE TABLE user_permissions (user_id uuid NOT NULL REFERENCES users, permission text NOT NULL, allowed boolean NOT NULL);
CREATE TABLE access_control_list (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), org_id text, user_id uuid, rule text, allowed boolean);
CREATE TABLE user_mfa_devices (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES users, token_hash text);
CREATE TABLE user_mfa_recovery_codes (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES users, code_hash text NOT NULL, used_at timestamptz
);
CREATE TABLE audit_logs (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(), actor_id uuid, action text, resource_type text, resource_id text, changes jsonb,
	summary text, created_at timestamptz DEFAULT now()
);
