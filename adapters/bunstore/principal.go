package bunstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/sole-platform/sole/domain"
)

// accountColumns are what principalSQL and standingSQL have in common: the org, its
// settings, the account and, last, its roles as JSON.
const accountColumns = `
       o.id, o.name, o.slug, o.status, o.platform, o.created_at, o.updated_at, o.version,
       os.require_two_factor, os.mfa_required_actions, os.remember_device_days, os.session_timeout_minutes, os.allow_profile_edit,
       os.allow_user_data_export, os.password_min_length, os.audit_log_retention_days, os.inactive_user_retention_days,
       os.default_locale, os.policy_version, os.updated_at,
       u.id, u.email, u.full_name, u.status, u.must_change_password, u.password_changed_at, u.last_sign_in_at, u.created_at, u.updated_at, u.version,
       a.enrolled_at,
       (%[1]s FROM user_roles ur JOIN roles r ON r.org_id = ur.org_id AND r.id = ur.role_id
        WHERE ur.org_id = %[2]s AND ur.user_id = u.id)`

// principalSQL asks all that a request needs to know of a session in one statement. It
// is written out, and prepared once per connection, because it runs on every request.
func principalSQL(org, session, rolesAsJSON string) string {
	return fmt.Sprintf(`
SELECT s.id, s.amr, s.auth_time, s.created_at, s.last_seen_at, s.expires_at, s.ended_at, s.end_reason, s.address, s.user_agent,`+accountColumns+`
FROM sessions s
JOIN orgs o ON o.id = s.org_id
JOIN org_settings os ON os.org_id = s.org_id
JOIN users u ON u.org_id = s.org_id AND u.id = s.user_id
LEFT JOIN authenticators a ON a.org_id = s.org_id AND a.user_id = s.user_id
WHERE s.org_id = %[2]s AND s.id = %[3]s`, rolesAsJSON, org, session)
}

// standingSQL asks the same of an account that has no session yet, and what its proofs are
// compared with. It runs at every step of a sign-in.
func standingSQL(org, user, rolesAsJSON string) string {
	return fmt.Sprintf(`
SELECT u.password_hash, u.last_suspended_at,
       coalesce(a.secret, ''), coalesce(a.last_step, 0), coalesce(a.pending, ''), a.pending_expiry,`+accountColumns+`
FROM users u
JOIN orgs o ON o.id = u.org_id
JOIN org_settings os ON os.org_id = u.org_id
LEFT JOIN authenticators a ON a.org_id = u.org_id AND a.user_id = u.id
WHERE u.org_id = %[2]s AND u.id = %[3]s`, rolesAsJSON, org, user)
}

// scanPrincipal reads the one row of principalSQL. Of the user it leaves the password
// hash, of the authenticator the secrets, of the session the refresh tokens: a request needs none.
func scanPrincipal(scan func(...any) error) (p domain.Principal, err error) {
	var amr []byte
	s := &p.Session
	p, err = scanAccount(scan, &p,
		&s.ID, &amr, at(&s.AuthTime), at(&s.CreatedAt), at(&s.LastSeenAt), at(&s.ExpiresAt), at(&s.EndedAt), &s.EndReason, &s.Address, &s.UserAgent)
	if err != nil {
		return domain.Principal{}, err
	}
	p.Session.User = p.User.ID
	return p, listFromJSON(amr, &p.Session.AMR)
}

// scanStanding reads the one row of standingSQL.
func scanStanding(scan func(...any) error) (p domain.Principal, err error) {
	a := &p.Authenticator
	return scanAccount(scan, &p, &p.User.Password, at(&p.User.LastSuspendedAt), &a.Secret, &a.LastStep, &a.Pending, at(&a.PendingExpiry))
}

// scanAccount reads into p what first names, and then accountColumns.
func scanAccount(scan func(...any) error, p *domain.Principal, first ...any) (domain.Principal, error) {
	var (
		u, o, set      = &p.User, &p.Org, &p.Settings
		actions, roles []byte
	)
	err := scan(append(first,
		&o.ID, &o.Name, &o.Slug, &o.Status, &o.Platform, at(&o.CreatedAt), at(&o.UpdatedAt), &o.Version,
		&set.RequireTwoFactor, &actions, &set.RememberDeviceDays, &set.SessionTimeoutMinutes, &set.AllowProfileEdit,
		&set.AllowUserDataExport, &set.PasswordMinLength, &set.AuditLogRetentionDays, &set.InactiveUserRetentionDays,
		&set.DefaultLocale, &set.PolicyVersion, at(&set.UpdatedAt),
		&u.ID, &u.Email, &u.FullName, &u.Status, &u.MustChangePassword, at(&u.PasswordChangedAt), at(&u.LastSignInAt), at(&u.CreatedAt), at(&u.UpdatedAt), &u.Version,
		at(&p.Authenticator.EnrolledAt), &roles,
	)...)
	if err != nil {
		return domain.Principal{}, err
	}
	p.Authenticator.User = u.ID
	if p.Roles, err = rolesFromJSON(roles); err != nil {
		return domain.Principal{}, err
	}
	return *p, listFromJSON(actions, &set.MFARequiredActions)
}

func listFromJSON[T any](raw []byte, list *[]T) error {
	if string(raw) == "[]" {
		return nil
	}
	return json.Unmarshal(raw, list)
}

func rolesFromJSON(raw []byte) ([]domain.Role, error) {
	if raw == nil {
		return nil, nil
	}
	var rows []struct {
		ID      domain.RoleID
		Name    string
		System  bool
		Granted []domain.Permission
	}
	if err := json.Unmarshal(raw, &rows); err != nil {
		return nil, fmt.Errorf("read the roles: %w", err)
	}
	roles := make([]domain.Role, len(rows))
	for i, row := range rows {
		roles[i] = domain.Role{ID: row.ID, Name: row.Name, System: row.System, Granted: absent(row.Granted)}
	}
	return roles, nil
}

// at scans an instant into t: a timestamptz, or the UTC text that SQLite keeps, or nothing.
func at(t *time.Time) *instant { return (*instant)(t) }

type instant time.Time

// sqliteTime is how Bun writes instants to SQLite.
const sqliteTime = "2006-01-02 15:04:05.999999-07:00"

// Scan implements sql.Scanner.
func (i *instant) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*i = instant{}
	case time.Time:
		*i = instant(v.UTC())
	case string:
		t, err := time.Parse(sqliteTime, v)
		if err != nil {
			return fmt.Errorf("read an instant: %w", err)
		}
		*i = instant(t.UTC())
	default:
		return fmt.Errorf("an instant cannot be read from %T", value)
	}
	return nil
}
