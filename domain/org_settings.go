package domain

import (
	"slices"
	"time"
)

// OrgSettings is what an org requires of its members. Settings declares each of the values.
type OrgSettings struct {
	RequireTwoFactor          bool
	MFARequiredActions        []Action // in the order of Actions; nil: none
	RememberDeviceDays        int
	SessionTimeoutMinutes     int
	AllowProfileEdit          bool
	AllowUserDataExport       bool
	PasswordMinLength         int
	AuditLogRetentionDays     int
	InactiveUserRetentionDays int
	DefaultLocale             string
	PhishingResistant         string // a Coverage

	PolicyVersion int64 // raised by every change
	UpdatedAt     time.Time
}

// Settings lists the declarations of all settings, in the order in which they are shown.
func Settings() []Setting { return slices.Clone(settings) }

var settings = []Setting{
	{
		Name: "require_two_factor", Public: true,
		Purpose:  "Whether every account needs a second factor. Accounts without one enrol when they sign in.",
		OnChange: "Turning it on ends the sessions without a second factor.",
		Value:    Switch{Field: func(s *OrgSettings) *bool { return &s.RequireTwoFactor }},
	},
	{
		Name: "phishing_resistant", Public: true,
		Purpose: "Which accounts must sign in with a passkey: `off` none, `admins` those with an admin role, `everyone` all. " +
			"For these accounts no other factor and no remembered device replaces the passkey, and they step up with a passkey too. " +
			"Accounts without a passkey add one when they sign in. Not available where the service cannot use passkeys.",
		OnChange: "Accounts that it newly covers lose their sessions that were opened without a passkey.",
		Value: Choice{
			Field: func(s *OrgSettings) *string { return &s.PhishingResistant },
			Words: []string{string(CoverageOff), string(CoverageAdmins), string(CoverageEveryone)},
		},
	},
	{
		Name: "mfa_required_actions", Public: true,
		Purpose: "Actions that need a step-up. With `login`, no remembered device skips the second factor.",
		Value:   ActionList{Field: func(s *OrgSettings) *[]Action { return &s.MFARequiredActions }},
	},
	{
		Name: "remember_device_days", Public: true,
		Purpose:  "Days for which a remembered device skips the second factor. 0: devices are not remembered.",
		OnChange: "A lower value also applies to devices that were remembered before; 0 forgets every device of the org.",
		Value:    Number{Field: func(s *OrgSettings) *int { return &s.RememberDeviceDays }, Default: 30, Min: 0, Max: 365},
	},
	{
		Name: "session_timeout_minutes", Public: true,
		Purpose: "Minutes without use after which a session ends. The server's own limit also applies.",
		Value:   Number{Field: func(s *OrgSettings) *int { return &s.SessionTimeoutMinutes }, Default: 30, Min: 1, Max: 1440},
	},
	{
		Name: "allow_profile_edit", Public: true,
		Purpose: "Whether members may edit their own profiles.",
		Value:   Switch{Field: func(s *OrgSettings) *bool { return &s.AllowProfileEdit }, Default: true},
	},
	{
		Name: "allow_user_data_export", Public: true,
		Purpose: "Whether members may export their own data.",
		Value:   Switch{Field: func(s *OrgSettings) *bool { return &s.AllowUserDataExport }, Default: true},
	},
	{
		Name: "password_min_length", Public: true,
		Purpose: "Number of characters that a new password needs. The server's own minimum also applies.",
		Value: Number{
			Field: func(s *OrgSettings) *int { return &s.PasswordMinLength }, Default: 8, Min: 8, Max: 128,
			Floor: func(limits ServerLimits) int { return limits.PasswordMinLength },
		},
	},
	{
		Name: "default_locale", Public: true,
		Purpose: "Language of the emails to members.",
		Value: Text{
			Field: func(s *OrgSettings) *string { return &s.DefaultLocale }, Default: "en", MaxLength: 35,
			Form: "a language tag such as en or pt-BR", Valid: isLocale,
		},
	},
	{
		Name:    "audit_log_retention_days",
		Purpose: "Days for which audit events are kept. 0 keeps them for ever.",
		Value:   Number{Field: func(s *OrgSettings) *int { return &s.AuditLogRetentionDays }, Default: 180, Min: 0, Max: 36500},
	},
	{
		Name:    "inactive_user_retention_days",
		Purpose: "Days without use after which an account is removed, unless it is an owner's. 0: accounts are never removed.",
		Value: Number{
			Field: func(s *OrgSettings) *int { return &s.InactiveUserRetentionDays }, Default: 0, Min: 30, Max: 3650, OrZero: true,
		},
	},
}

// isSetting reports whether a setting has this name.
func isSetting(name string) bool {
	return slices.ContainsFunc(settings, func(s Setting) bool { return s.Name == name })
}

// ServerLimits are the operator's own bounds; no org exceeds them.
type ServerLimits struct {
	SessionTimeout    time.Duration // the longest idle time
	SessionLifetime   time.Duration // the longest time that a session lasts, however much it is used
	PasswordMinLength int
}

// DefaultOrgSettings returns the settings of a new org.
func DefaultOrgSettings(limits ServerLimits, now time.Time) OrgSettings {
	s := OrgSettings{PolicyVersion: 1, UpdatedAt: now}
	for _, setting := range settings {
		setting.Value.reset(&s, limits)
	}
	return s
}

// InForce returns the settings as they apply within the server's limits.
func (s OrgSettings) InForce(limits ServerLimits) OrgSettings {
	s.SessionTimeoutMinutes = int(s.IdleTimeout(limits) / time.Minute)
	s.PasswordMinLength = max(s.PasswordMinLength, limits.PasswordMinLength)
	return s
}

// IdleTimeout returns the time without use after which a session ends: the org's value, at most the server's.
func (s OrgSettings) IdleTimeout(limits ServerLimits) time.Duration {
	return min(time.Duration(s.SessionTimeoutMinutes)*time.Minute, limits.SessionTimeout)
}
