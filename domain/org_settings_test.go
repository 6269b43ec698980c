package domain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

var limits = domain.ServerLimits{SessionTimeout: 30 * time.Minute, SessionLifetime: 7 * 24 * time.Hour, PasswordMinLength: 12}

func TestANewOrgStartsWithTheDocumentedSettings(t *testing.T) {
	settings := domain.DefaultOrgSettings(limits, now)
	require.Equal(t, domain.OrgSettings{
		RequireTwoFactor: false, MFARequiredActions: nil, RememberDeviceDays: 30, SessionTimeoutMinutes: 30, AllowProfileEdit: true,
		AllowUserDataExport: true, PasswordMinLength: 12, AuditLogRetentionDays: 180, InactiveUserRetentionDays: 0,
		DefaultLocale: "en", PolicyVersion: 1, UpdatedAt: now,
	}, settings)
	require.NoError(t, settings.Check(limits))
}

func TestNoServerLowersTheDefaultPasswordLengthBelowEight(t *testing.T) {
	for server, want := range map[int]int{0: 8, 7: 8, 8: 8, 9: 9, 64: 64} {
		lax := domain.ServerLimits{PasswordMinLength: server}
		settings := domain.DefaultOrgSettings(lax, now)
		require.Equal(t, want, settings.PasswordMinLength)
		require.NoError(t, settings.Check(lax))
	}
}

func TestEverySettingHasItsRange(t *testing.T) {
	for _, c := range []struct {
		member  string
		set     func(*domain.OrgSettings, int)
		accepts []int
		refuses []int
	}{
		{"remember_device_days", func(s *domain.OrgSettings, n int) { s.RememberDeviceDays = n }, []int{0, 1, 30, 365}, []int{-1, 366, 1 << 40}},
		{"session_timeout_minutes", func(s *domain.OrgSettings, n int) { s.SessionTimeoutMinutes = n }, []int{1, 30, 31, 1440}, []int{-1, 0, 1441}},
		{"password_min_length", func(s *domain.OrgSettings, n int) { s.PasswordMinLength = n }, []int{12, 64, 128}, []int{-1, 0, 8, 11, 129}},
		{"audit_log_retention_days", func(s *domain.OrgSettings, n int) { s.AuditLogRetentionDays = n }, []int{0, 1, 180, 3650}, []int{-1, 1 << 40}},
		{"inactive_user_retention_days", func(s *domain.OrgSettings, n int) { s.InactiveUserRetentionDays = n }, []int{0, 30, 3650}, []int{-1, 1, 29, 3651}},
	} {
		for _, value := range c.accepts {
			t.Run(fmt.Sprint(c.member, " may be ", value), func(t *testing.T) {
				settings := domain.DefaultOrgSettings(limits, now)
				c.set(&settings, value)
				require.NoError(t, settings.Check(limits))
			})
		}
		for _, value := range c.refuses {
			t.Run(fmt.Sprint(c.member, " may not be ", value), func(t *testing.T) {
				settings := domain.DefaultOrgSettings(limits, now)
				c.set(&settings, value)
				requireFault(t, settings.Check(limits), "body."+c.member)
			})
		}
	}
}

func TestAPasswordLengthIsNeverBelowEightWhateverTheServerSays(t *testing.T) {
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, now)
	settings.PasswordMinLength = 7
	requireFault(t, settings.Check(domain.ServerLimits{PasswordMinLength: 4}), "body.password_min_length")
	settings.PasswordMinLength = 8
	require.NoError(t, settings.Check(domain.ServerLimits{PasswordMinLength: 4}))
}

func TestOnlyActionsOfTheCatalogueMayBeGuarded(t *testing.T) {
	settings := domain.DefaultOrgSettings(limits, now)
	settings.MFARequiredActions = domain.Actions()
	require.NoError(t, settings.Check(limits))
	settings.MFARequiredActions = []domain.Action{"make.coffee", domain.ActionLogin, "make.tea"}
	requireFault(t, settings.Check(limits), "body.mfa_required_actions")
	settings.MFARequiredActions = []domain.Action{domain.ActionLogin, ""}
	requireFault(t, settings.Check(limits), "body.mfa_required_actions")
}

func TestEveryFaultIsNamedAtOnce(t *testing.T) {
	err := domain.OrgSettings{
		RememberDeviceDays: 366, SessionTimeoutMinutes: 0, PasswordMinLength: 11, AuditLogRetentionDays: -1,
		InactiveUserRetentionDays: 29, MFARequiredActions: []domain.Action{"make.coffee"},
	}.Check(limits)
	requireFault(t, err, "body.remember_device_days", "body.session_timeout_minutes", "body.password_min_length",
		"body.audit_log_retention_days", "body.inactive_user_retention_days", "body.mfa_required_actions", "body.default_locale")
	require.NotContains(t, fmt.Sprintf("%+v", err), "coffee", "the value sent is not repeated")
}

func TestARefusedSettingSaysItsRange(t *testing.T) {
	settings := domain.DefaultOrgSettings(limits, now)
	settings.PasswordMinLength = 0
	var failure *domain.Error
	require.ErrorAs(t, settings.Check(limits), &failure)
	require.Equal(t, "must be from 12 to 128", failure.Fields[0].Message)
}

func TestASessionRestsAsLongAsTheOrgSaysButNotLongerThanTheServer(t *testing.T) {
	for minutes, want := range map[int]time.Duration{1: time.Minute, 29: 29 * time.Minute, 30: 30 * time.Minute, 31: 30 * time.Minute, 1440: 30 * time.Minute} {
		require.Equal(t, want, domain.OrgSettings{SessionTimeoutMinutes: minutes}.IdleTimeout(limits), minutes)
	}
}

func TestAChangeMovesWhatItNamesAndTheVersion(t *testing.T) {
	limits := domain.ServerLimits{PasswordMinLength: 12}
	before := domain.DefaultOrgSettings(limits, now)
	later := now.Add(time.Hour)
	days, actions := 7, []domain.Action{domain.ActionRoleAssign, domain.ActionLogin, domain.ActionRoleAssign}
	after, err := before.Changed(domain.SettingsChange{RememberDeviceDays: &days, MFARequiredActions: &actions}, limits, later)
	require.NoError(t, err)
	want := before
	want.RememberDeviceDays, want.PolicyVersion, want.UpdatedAt = 7, before.PolicyVersion+1, later
	want.MFARequiredActions = []domain.Action{domain.ActionLogin, domain.ActionRoleAssign}
	require.Equal(t, want, after)
	require.Equal(t, map[string]string{"remember_device_days": "30 -> 7", "mfa_required_actions": "[] -> [login role.assign]"}, before.Differences(after))

	none := []domain.Action{}
	cleared, err := after.Changed(domain.SettingsChange{MFARequiredActions: &none}, limits, later)
	require.NoError(t, err)
	require.Nil(t, cleared.MFARequiredActions)
}

func TestAChangeThatChangesNothingOrIsRefusedKeepsTheVersion(t *testing.T) {
	limits := domain.ServerLimits{PasswordMinLength: 12}
	before := domain.DefaultOrgSettings(limits, now)
	same, wrong, locale := before.SessionTimeoutMinutes, 0, "not a tag!"
	after, err := before.Changed(domain.SettingsChange{SessionTimeoutMinutes: &same}, limits, now.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, before, after)
	for _, change := range []domain.SettingsChange{{SessionTimeoutMinutes: &wrong}, {DefaultLocale: &locale}} {
		after, err = before.Changed(change, limits, now.Add(time.Hour))
		require.Error(t, err)
		require.Equal(t, before, after)
	}
}

func TestEverySettingCanBeChangedAlone(t *testing.T) {
	limits := domain.ServerLimits{PasswordMinLength: 12}
	before := domain.DefaultOrgSettings(limits, now)
	on, off, number, locale, actions := true, false, 60, "de", []domain.Action{domain.ActionLogin}
	for member, change := range map[string]domain.SettingsChange{
		"require_two_factor":           {RequireTwoFactor: &on},
		"mfa_required_actions":         {MFARequiredActions: &actions},
		"remember_device_days":         {RememberDeviceDays: &number},
		"session_timeout_minutes":      {SessionTimeoutMinutes: &number},
		"allow_profile_edit":           {AllowProfileEdit: &off},
		"allow_user_data_export":       {AllowUserDataExport: &off},
		"password_min_length":          {PasswordMinLength: &number},
		"audit_log_retention_days":     {AuditLogRetentionDays: &number},
		"inactive_user_retention_days": {InactiveUserRetentionDays: &number},
		"default_locale":               {DefaultLocale: &locale},
	} {
		after, err := before.Changed(change, limits, now)
		require.NoError(t, err)
		differences := before.Differences(after)
		require.Len(t, differences, 1, member)
		require.Contains(t, differences, member)
	}
}
