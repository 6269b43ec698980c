package domain_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
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
		DefaultLocale: "en", PhishingResistant: "off", PolicyVersion: 1, UpdatedAt: now,
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
		{"session_timeout_minutes", func(s *domain.OrgSettings, n int) { s.SessionTimeoutMinutes = n }, []int{1, 30, 31, 1440},
			[]int{-1, 0, 1441}},
		{"password_min_length", func(s *domain.OrgSettings, n int) { s.PasswordMinLength = n }, []int{12, 64, 128}, []int{-1, 0, 8, 11, 129}},
		{"audit_log_retention_days", func(s *domain.OrgSettings, n int) { s.AuditLogRetentionDays = n }, []int{0, 1, 180, 3650},
			[]int{-1, 1 << 40}},
		{"inactive_user_retention_days", func(s *domain.OrgSettings, n int) { s.InactiveUserRetentionDays = n }, []int{0, 30, 3650},
			[]int{-1, 1, 29, 3651}},
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
				requireFault(t, settings.Check(limits), c.member)
			})
		}
	}
}

func TestAPasswordLengthIsNeverBelowEightWhateverTheServerSays(t *testing.T) {
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, now)
	settings.PasswordMinLength = 7
	requireFault(t, settings.Check(domain.ServerLimits{PasswordMinLength: 4}), "password_min_length")
	settings.PasswordMinLength = 8
	require.NoError(t, settings.Check(domain.ServerLimits{PasswordMinLength: 4}))
}

func TestOnlyActionsOfTheCatalogueMayBeGuarded(t *testing.T) {
	settings := domain.DefaultOrgSettings(limits, now)
	settings.MFARequiredActions = domain.Actions()
	require.NoError(t, settings.Check(limits))
	settings.MFARequiredActions = []domain.Action{"make.coffee", domain.ActionLogin, "make.tea"}
	requireFault(t, settings.Check(limits), "mfa_required_actions")
	settings.MFARequiredActions = []domain.Action{domain.ActionLogin, ""}
	requireFault(t, settings.Check(limits), "mfa_required_actions")
}

func TestEveryFaultIsNamedAtOnce(t *testing.T) {
	err := domain.OrgSettings{
		RememberDeviceDays: 366, SessionTimeoutMinutes: 0, PasswordMinLength: 11, AuditLogRetentionDays: -1,
		InactiveUserRetentionDays: 29, MFARequiredActions: []domain.Action{"make.coffee"},
	}.Check(limits)
	requireFault(t, err, "phishing_resistant", "mfa_required_actions", "remember_device_days", "session_timeout_minutes",
		"password_min_length", "default_locale", "audit_log_retention_days", "inactive_user_retention_days")
	require.NotContains(t, fmt.Sprintf("%+v", err), "coffee", "the value sent is not repeated")
}

func TestARefusedSettingSaysItsRange(t *testing.T) {
	settings := domain.DefaultOrgSettings(limits, now)
	settings.PasswordMinLength = 0
	var failure *domain.Error
	require.ErrorAs(t, settings.Check(limits), &failure)
	require.Equal(t, "must be from 12 to 128", failure.Fields[0].Message)
	settings.PasswordMinLength, settings.InactiveUserRetentionDays = 12, 1
	require.ErrorAs(t, settings.Check(limits), &failure)
	require.Equal(t, "must be 0 or from 30 to 3650", failure.Fields[0].Message)
	settings.InactiveUserRetentionDays, settings.PhishingResistant = 0, "Everyone"
	require.ErrorAs(t, settings.Check(limits), &failure)
	require.Equal(t, "must be off, admins or everyone", failure.Fields[0].Message)
}

func TestTheIdleTimeoutIsTheOrgsWithinTheServersLimit(t *testing.T) {
	for minutes, want := range map[int]time.Duration{1: time.Minute, 29: 29 * time.Minute, 30: 30 * time.Minute, 31: 30 * time.Minute,
		1440: 30 * time.Minute} {
		require.Equal(t, want, domain.OrgSettings{SessionTimeoutMinutes: minutes}.IdleTimeout(limits), minutes)
	}
}

func TestAChangeSetsWhatItNamesAndRaisesTheVersion(t *testing.T) {
	limits := domain.ServerLimits{PasswordMinLength: 12}
	before := domain.DefaultOrgSettings(limits, now)
	later := now.Add(time.Hour)
	after, err := before.Changed(func(s *domain.OrgSettings) {
		s.RememberDeviceDays = 7
		s.MFARequiredActions = []domain.Action{domain.ActionRoleAssign, domain.ActionLogin, domain.ActionRoleAssign}
	}, limits, later)
	require.NoError(t, err)
	want := before
	want.RememberDeviceDays, want.PolicyVersion, want.UpdatedAt = 7, before.PolicyVersion+1, later
	want.MFARequiredActions = []domain.Action{domain.ActionLogin, domain.ActionRoleAssign}
	require.Equal(t, want, after)
	require.Equal(
		t,
		map[string]string{"remember_device_days": "30 -> 7", "mfa_required_actions": "[] -> [login role.assign]"},
		before.Differences(after),
	)

	cleared, err := after.Changed(func(s *domain.OrgSettings) { s.MFARequiredActions = []domain.Action{} }, limits, later)
	require.NoError(t, err)
	require.Nil(t, cleared.MFARequiredActions)
}

func TestAChangeThatChangesNothingOrIsRefusedKeepsTheVersion(t *testing.T) {
	limits := domain.ServerLimits{PasswordMinLength: 12}
	before := domain.DefaultOrgSettings(limits, now)
	after, err := before.Changed(func(s *domain.OrgSettings) { s.SessionTimeoutMinutes = 30 }, limits, now.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, before, after)
	for _, change := range []domain.SettingsChange{
		func(s *domain.OrgSettings) { s.SessionTimeoutMinutes = 0 },
		func(s *domain.OrgSettings) { s.DefaultLocale = "not a tag!" },
	} {
		after, err = before.Changed(change, limits, now.Add(time.Hour))
		require.Error(t, err)
		require.Equal(t, before, after)
	}
}

// otherValue gives the setting a valid value that differs from the one it has.
func otherValue(t *testing.T, setting domain.Setting, s *domain.OrgSettings) {
	t.Helper()
	switch value := setting.Value.Pointer(s).(type) {
	case *bool:
		*value = !*value
	case *int:
		*value = setting.Value.(domain.Number).Max
	case *string:
		*value = "de"
		if choice, ok := setting.Value.(domain.Choice); ok {
			*value = choice.Words[len(choice.Words)-1]
		}
	case *[]domain.Action:
		*value = []domain.Action{domain.ActionLogin}
	default:
		require.Fail(t, "unknown type", "%s: %T", setting.Name, value)
	}
}

func TestEverySettingCanBeChangedAlone(t *testing.T) {
	limits := domain.ServerLimits{PasswordMinLength: 12}
	before := domain.DefaultOrgSettings(limits, now)
	for _, setting := range domain.Settings() {
		after, err := before.Changed(func(s *domain.OrgSettings) { otherValue(t, setting, s) }, limits, now)
		require.NoError(t, err)
		differences := before.Differences(after)
		require.Len(t, differences, 1, setting.Name)
		require.Contains(t, differences, setting.Name)

		var copied domain.OrgSettings
		setting.Value.Copy(&copied, after)
		require.Equal(t, setting.Value.Display(after), setting.Value.Display(copied))
	}
}

// TestEveryFieldOfTheSettingsIsDeclaredOnce compares the type with its declarations.
func TestEveryFieldOfTheSettingsIsDeclaredOnce(t *testing.T) {
	var s domain.OrgSettings
	declared := map[any]string{}
	for _, setting := range domain.Settings() {
		require.NotEmpty(t, setting.Purpose, setting.Name)
		require.Regexp(t, `^[a-z]+(_[a-z]+)*$`, setting.Name)
		at := setting.Value.Pointer(&s)
		require.Empty(t, declared[at], "%s and %s share a field of OrgSettings", setting.Name, declared[at])
		require.NotContains(t, slices.Collect(maps.Values(declared)), setting.Name)
		declared[at] = setting.Name
	}
	fields := reflect.ValueOf(&s).Elem()
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Name
		if name == "PolicyVersion" || name == "UpdatedAt" {
			continue
		}
		require.NotEmpty(t, declared[fields.Field(i).Addr().Interface()], "declare OrgSettings.%s in Settings", name)
	}
}
