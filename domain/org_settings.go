package domain

import (
	"fmt"
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
	if faults != nil {
		return &Error{Code: CodeInvalid, Message: "The settings have values that cannot be used.", Fields: faults}
	}
	return nil
}

// IdleTimeout is how long a session may rest: the org's value, never above the server's.
func (s OrgSettings) IdleTimeout(limits ServerLimits) time.Duration {
	return min(time.Duration(s.SessionTimeoutMinutes)*time.Minute, limits.SessionTimeout)
}
