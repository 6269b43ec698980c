package domain

import (
	"fmt"
	"slices"
	"time"
)

// OrgSettings is what an org demands of its members.
type OrgSettings struct {
	RequireTwoFactor          bool
	MFARequiredActions        []Action
	RememberDeviceDays        int // 0 forgets every device
	SessionTimeoutMinutes     int // idle
	AllowProfileEdit          bool
	AllowUserDataExport       bool
	PasswordMinLength         int // characters
	AuditLogRetentionDays     int // 0 keeps for ever
	InactiveUserRetentionDays int // 0 never removes
	DefaultLocale             string
	PolicyVersion             int64 // raised by every change
	UpdatedAt                 time.Time
}

// ServerLimits are the operator's own bounds; no org reaches beyond them.
type ServerLimits struct {
	SessionTimeout    time.Duration // the longest idle time
	SessionLifetime   time.Duration // how long a session lives whatever its use
	PasswordMinLength int
}

// DefaultOrgSettings is what a new org starts with.
func DefaultOrgSettings(limits ServerLimits, now time.Time) OrgSettings {
	return OrgSettings{
		RememberDeviceDays: 30, SessionTimeoutMinutes: 30, AllowProfileEdit: true, AllowUserDataExport: true,
		PasswordMinLength: max(8, limits.PasswordMinLength), AuditLogRetentionDays: 180, DefaultLocale: "en",
		PolicyVersion: 1, UpdatedAt: now,
	}
}

// Check refuses values outside their documented ranges, naming every one at fault.
func (s OrgSettings) Check(limits ServerLimits) error {
	var faults []FieldError
	within := func(member string, value, low, high int) {
		if value < low || value > high {
			faults = append(faults, FieldError{"body." + member, fmt.Sprintf("must be from %d to %d", low, high)})
		}
	}
	within("remember_device_days", s.RememberDeviceDays, 0, 365)
	within("session_timeout_minutes", s.SessionTimeoutMinutes, 1, 1440)
	within("password_min_length", s.PasswordMinLength, max(8, limits.PasswordMinLength), 128)
	within("audit_log_retention_days", s.AuditLogRetentionDays, 0, 36500)
	if s.InactiveUserRetentionDays != 0 {
		within("inactive_user_retention_days", s.InactiveUserRetentionDays, 30, 3650)
	}
	for _, action := range s.MFARequiredActions {
		if !action.Known() {
			faults = append(faults, FieldError{"body.mfa_required_actions", "lists an action that does not exist"})
			break
		}
	}
	if !isLocale(s.DefaultLocale) {
		faults = append(faults, FieldError{"body.default_locale", "must be a language tag such as en or pt-BR"})
	}
	if faults != nil {
		return &Error{Code: CodeInvalid, Message: "The settings have values that cannot be used.", Fields: faults}
	}
	return nil
}

// SettingsChange names the settings that are to be another value; nil leaves one as it is.
type SettingsChange struct {
	RequireTwoFactor          *bool
	MFARequiredActions        *[]Action
	RememberDeviceDays        *int
	SessionTimeoutMinutes     *int
	AllowProfileEdit          *bool
	AllowUserDataExport       *bool
	PasswordMinLength         *int
	AuditLogRetentionDays     *int
	InactiveUserRetentionDays *int
	DefaultLocale             *string
}

// Changed returns the settings with the change made and checked, a version further on.
// A change that changes nothing keeps the version.
func (s OrgSettings) Changed(change SettingsChange, limits ServerLimits, now time.Time) (OrgSettings, error) {
	next := s
	set(&next.RequireTwoFactor, change.RequireTwoFactor)
	set(&next.RememberDeviceDays, change.RememberDeviceDays)
	set(&next.SessionTimeoutMinutes, change.SessionTimeoutMinutes)
	set(&next.AllowProfileEdit, change.AllowProfileEdit)
	set(&next.AllowUserDataExport, change.AllowUserDataExport)
	set(&next.PasswordMinLength, change.PasswordMinLength)
	set(&next.AuditLogRetentionDays, change.AuditLogRetentionDays)
	set(&next.InactiveUserRetentionDays, change.InactiveUserRetentionDays)
	set(&next.DefaultLocale, change.DefaultLocale)
	if change.MFARequiredActions != nil {
		next.MFARequiredActions = inCatalogueOrder(*change.MFARequiredActions)
	}
	if err := next.Check(limits); err != nil {
		return s, err
	}
	if len(s.Differences(next)) == 0 {
		return s, nil
	}
	next.PolicyVersion, next.UpdatedAt = s.PolicyVersion+1, now
	return next, nil
}

func set[T any](member *T, value *T) {
	if value != nil {
		*member = *value
	}
}

// inCatalogueOrder drops repetitions and keeps what is unknown for Check to refuse.
func inCatalogueOrder(actions []Action) []Action {
	ordered := slices.DeleteFunc(Actions(), func(a Action) bool { return !slices.Contains(actions, a) })
	for _, action := range actions {
		if !action.Known() {
			ordered = append(ordered, action)
		}
	}
	if len(ordered) == 0 {
		return nil
	}
	return ordered
}

// Differences lists the members whose values differ, as "before -> after", by name.
func (s OrgSettings) Differences(next OrgSettings) map[string]string {
	differences := map[string]string{}
	before, after := s.members(), next.members()
	for name, value := range before {
		if value != after[name] {
			differences[name] = Difference(value, after[name])
		}
	}
	return differences
}

func (s OrgSettings) members() map[string]string {
	return map[string]string{
		"require_two_factor":           fmt.Sprint(s.RequireTwoFactor),
		"mfa_required_actions":         fmt.Sprint(s.MFARequiredActions),
		"remember_device_days":         fmt.Sprint(s.RememberDeviceDays),
		"session_timeout_minutes":      fmt.Sprint(s.SessionTimeoutMinutes),
		"allow_profile_edit":           fmt.Sprint(s.AllowProfileEdit),
		"allow_user_data_export":       fmt.Sprint(s.AllowUserDataExport),
		"password_min_length":          fmt.Sprint(s.PasswordMinLength),
		"audit_log_retention_days":     fmt.Sprint(s.AuditLogRetentionDays),
		"inactive_user_retention_days": fmt.Sprint(s.InactiveUserRetentionDays),
		"default_locale":               s.DefaultLocale,
	}
}

// IdleTimeout is how long a session may rest: the org's value, never above the server's.
func (s OrgSettings) IdleTimeout(limits ServerLimits) time.Duration {
	return min(time.Duration(s.SessionTimeoutMinutes)*time.Minute, limits.SessionTimeout)
}
