package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/domain"
)

// Policy is the part of the settings that every member may see.
type Policy struct {
	RequireTwoFactor      bool            `json:"require_two_factor"`
	MFARequiredActions    []domain.Action `json:"mfa_required_actions" doc:"Actions that need a step-up."`
	RememberDeviceDays    int             `json:"remember_device_days" doc:"0: devices are not remembered."`
	SessionTimeoutMinutes int             `json:"session_timeout_minutes" doc:"Minutes without use after which a session ends."`
	AllowProfileEdit      bool            `json:"allow_profile_edit"`
	AllowUserDataExport   bool            `json:"allow_user_data_export"`
	PasswordMinLength     int             `json:"password_min_length" doc:"Number of characters."`
	DefaultLocale         string          `json:"default_locale"`
	PolicyVersion         int64           `json:"policy_version" doc:"Raised by every change."`
}

type settings struct {
	Policy
	AuditLogRetentionDays     int       `json:"audit_log_retention_days" doc:"0 keeps events for ever."`
	InactiveUserRetentionDays int       `json:"inactive_user_retention_days" doc:"0: accounts are never removed."`
	UpdatedAt                 time.Time `json:"updated_at"`
}

type policyResponse struct{ Body Policy }

type settingsResponse struct {
	ETag string `header:"ETag"`
	Body settings
}

// showPolicy shows what is in force: the org's values within the server's limits.
func (s *Server) showPolicy(set domain.OrgSettings) Policy {
	inForce := set.Policy(s.Limits)
	return Policy{
		RequireTwoFactor: set.RequireTwoFactor, MFARequiredActions: listed(set.MFARequiredActions),
		RememberDeviceDays:    set.RememberDeviceDays,
		SessionTimeoutMinutes: int(inForce.IdleTimeout / time.Minute), AllowProfileEdit: set.AllowProfileEdit, AllowUserDataExport: set.AllowUserDataExport,
		PasswordMinLength: inForce.PasswordMinLength, DefaultLocale: set.DefaultLocale, PolicyVersion: set.PolicyVersion,
	}
}

func (s *Server) showSettings(set domain.OrgSettings) *settingsResponse {
	shown := settings{s.showPolicy(set), set.AuditLogRetentionDays, set.InactiveUserRetentionDays, set.UpdatedAt}
	shown.SessionTimeoutMinutes = set.SessionTimeoutMinutes // as it was set, though the server's limit holds
	return &settingsResponse{etag(set.PolicyVersion), shown}
}

func (s *Server) getPolicy(_ context.Context, caller domain.Caller, _ *nothing) (*policyResponse, error) {
	return &policyResponse{s.showPolicy(caller.Settings)}, nil
}

func (s *Server) getSettings(_ context.Context, caller domain.Caller, _ *nothing) (*settingsResponse, error) {
	return s.showSettings(caller.Settings), nil
}

type settingsRequest struct {
	Conditional
	Body settingsChange
}

// settingsChange has the members of domain.SettingsChange, in their order.
type settingsChange struct {
	RequireTwoFactor          *bool            `json:"require_two_factor,omitempty" doc:"Turning it on ends the sessions without a second factor."`
	MFARequiredActions        *[]domain.Action `json:"mfa_required_actions,omitempty" maxItems:"50"`
	RememberDeviceDays        *int             `json:"remember_device_days,omitempty" doc:"0 to 365; 0 forgets every device of the org."`
	SessionTimeoutMinutes     *int             `json:"session_timeout_minutes,omitempty" doc:"1 to 1440, within the server's own limit."`
	AllowProfileEdit          *bool            `json:"allow_profile_edit,omitempty"`
	AllowUserDataExport       *bool            `json:"allow_user_data_export,omitempty"`
	PasswordMinLength         *int             `json:"password_min_length,omitempty" doc:"From the server's default to 128."`
	AuditLogRetentionDays     *int             `json:"audit_log_retention_days,omitempty"`
	InactiveUserRetentionDays *int             `json:"inactive_user_retention_days,omitempty" doc:"0, or 30 to 3650."`
	DefaultLocale             *string          `json:"default_locale,omitempty" maxLength:"35" example:"en"`
}

func (s *Server) updateSettings(ctx context.Context, caller domain.Caller, in *settingsRequest) (*settingsResponse, error) {
	input := orgs.UpdateSettingsInput{Change: domain.SettingsChange(in.Body), IfMatch: in.versions()}
	next, err := s.uc.UpdateSettings.Execute(ctx, caller, input)
	return s.showSettings(next), err
}
