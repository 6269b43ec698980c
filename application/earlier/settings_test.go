package earlier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var (
	now    = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	limits = domain.ServerLimits{SessionTimeout: time.Hour, SessionLifetime: 24 * time.Hour, PasswordMinLength: 12}
)

func TestSettingsAreTakenAlongWithinTheirBounds(t *testing.T) {
	for _, c := range []struct {
		name     string
		there    int64
		here     int
		adjusted bool
	}{
		{"remember_device_days", 14, 14, false}, {"remember_device_days", 900, 365, true}, {"remember_device_days", -1, 0, true},
		{"session_timeout_minutes", 60, 60, false}, {"session_timeout_minutes", 0, 1, true}, {"session_timeout_minutes", 1 << 40, 1440, true},
		{"audit_log_retention_days", 0, 0, false}, {"audit_log_retention_days", 1 << 62, 36500, true},
		{"inactive_user_retention_days", 0, 0, false}, {"inactive_user_retention_days", 7, 30, true},
		{"inactive_user_retention_days", -9, 0, true}, {"inactive_user_retention_days", 365, 365, false},
	} {
		s := domain.DefaultOrgSettings(limits, now)
		notes := mapping{}.settings(&s, port.EarlierSettings{Numbers: map[string]int64{c.name: c.there}}, limits)
		for _, setting := range domain.Settings() {
			if number, ok := setting.Value.(domain.Number); ok && setting.Name == c.name {
				require.Equal(t, c.here, *number.Field(&s), "%s %d", c.name, c.there)
			}
		}
		require.Equal(t, c.adjusted, len(notes) == 1, "%s %d: %s", c.name, c.there, notes)
		require.NoError(t, s.Check(limits))
	}
}

func TestSwitchesAreTakenAlongAndMissingValuesKeepTheDefault(t *testing.T) {
	s := domain.DefaultOrgSettings(limits, now)
	switches := map[string]bool{"require_two_factor": true, "allow_profile_edit": false}
	notes := mapping{}.settings(&s, port.EarlierSettings{Switches: switches}, limits)
	require.Empty(t, notes)
	require.True(t, s.RequireTwoFactor)
	require.False(t, s.AllowProfileEdit)
	require.True(t, s.AllowUserDataExport)
	require.Equal(t, 30, s.RememberDeviceDays)
}

func TestRequiredActionsAreNamedAsHere(t *testing.T) {
	for _, c := range []struct {
		names   []string
		partial bool
		want    []domain.Action
		notes   int
	}{
		{nil, false, nil, 0},
		{[]string{"login", "user.delete"}, false, []domain.Action{domain.ActionLogin, domain.ActionMemberRemove}, 0},
		{[]string{"coffee.make", "role.assign"}, false, []domain.Action{domain.ActionRoleAssign}, 1},
		{[]string{"tea.make"}, false, []domain.Action{domain.ActionDataExport}, 0},
		{[]string{"login"}, true, []domain.Action{domain.ActionLogin}, 1},
	} {
		s := domain.DefaultOrgSettings(limits, now)
		m := mapping{actions: map[string]domain.Action{"tea.make": domain.ActionDataExport}}
		required := port.EarlierNames{Names: c.names, Partial: c.partial}
		notes := m.settings(&s, port.EarlierSettings{MFARequiredActions: required}, limits)
		require.Equal(t, c.want, s.MFARequiredActions, "%+v", c)
		require.Len(t, notes, c.notes, "%+v", c)
	}
}

func TestEveryNameOfTheTablesExistsHere(t *testing.T) {
	for name, action := range ActionNames() {
		require.True(t, action.Known(), name)
		require.False(t, domain.Action(name).Known(), "%s has the same name here", name)
	}
	for _, counterpart := range Counterparts() {
		require.True(t, counterpart.Permission.Known())
		require.False(t, counterpart.Permission.Platform())
	}
}

func TestAccountsThatWereUnusedForLongAreNotRemovedBecauseOfTheMove(t *testing.T) {
	old := domain.ImportedAccount{CreatedAt: now.AddDate(-2, 0, 0), LastSignInAt: now.AddDate(-1, 0, 0)}
	fresh := domain.ImportedAccount{CreatedAt: now.AddDate(-2, 0, 0), LastSignInAt: now.AddDate(0, 0, -1)}
	for _, c := range []struct {
		account      domain.ImportedAccount
		exists, kept bool
		notes        int
	}{{old, false, false, 1}, {fresh, false, true, 0}, {old, true, true, 1}} {
		plan := OrgPlan{Exists: c.exists, Settings: domain.OrgSettings{InactiveUserRetentionDays: 30}}
		tally := tally{plan: &plan, owners: map[string]bool{}, now: now}
		tally.add(planned{account: c.account, row: domain.ImportRow{Status: domain.RowPending}}, false)
		tally.keepInactive()
		require.Equal(t, c.kept, plan.Settings.InactiveUserRetentionDays == 30, "%+v", c)
		require.Len(t, plan.Notes, c.notes)
	}
}
