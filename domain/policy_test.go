package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestThePolicyIsTheOrgsSettingsWithinTheServersLimits(t *testing.T) {
	settings := domain.OrgSettings{
		RequireTwoFactor: true, MFARequiredActions: []domain.Action{domain.ActionLogin}, RememberDeviceDays: 7,
		SessionTimeoutMinutes: 20, PasswordMinLength: 16,
	}
	want := domain.Policy{
		RequireTwoFactor: true, StepUpActions: []domain.Action{domain.ActionLogin}, RememberDeviceDays: 7,
		IdleTimeout: 20 * time.Minute, IdleCeiling: limits.SessionTimeout, PasswordMinLength: 16,
	}
	require.Equal(t, want, settings.Policy(limits))
	settings.SessionTimeoutMinutes, settings.PasswordMinLength = 1440, 8
	want.IdleTimeout, want.PasswordMinLength = limits.SessionTimeout, limits.PasswordMinLength
	require.Equal(t, want, settings.Policy(limits), "kept within the limits, also those lowered since")
}

func TestDevicesAreRememberedUnlessDaysAreZeroOrSignInIsGuarded(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy domain.Policy
		want   bool
	}{
		{"thirty days", domain.Policy{RememberDeviceDays: 30}, true},
		{"one day", domain.Policy{RememberDeviceDays: 1}, true},
		{"other actions guarded", domain.Policy{RememberDeviceDays: 1, StepUpActions: withoutLogin()}, true},
		{"no days", domain.Policy{}, false},
		{"less than no days", domain.Policy{RememberDeviceDays: -1}, false},
		{"sign-in guarded", domain.Policy{RememberDeviceDays: 30, StepUpActions: []domain.Action{domain.ActionDataExport, domain.ActionLogin}},
			false},
	} {
		require.Equal(t, c.want, c.policy.RemembersDevices(false), c.name)
	}
}

func TestADeviceIsJudgedByTodaysPolicy(t *testing.T) {
	device := domain.Device{CreatedAt: now, ExpiresAt: now.AddDate(0, 0, 30)}
	for _, c := range []struct {
		name   string
		policy domain.Policy
		at     time.Time
		want   domain.DeviceVerdict
	}{
		{"just remembered", domain.Policy{RememberDeviceDays: 30}, now, domain.DeviceSkipsCode},
		{"at its last nanosecond", domain.Policy{RememberDeviceDays: 30}, now.AddDate(0, 0, 30).Add(-1), domain.DeviceSkipsCode},
		{"at its end", domain.Policy{RememberDeviceDays: 30}, now.AddDate(0, 0, 30), domain.DeviceExpired},
		{"before the lowered days are over", domain.Policy{RememberDeviceDays: 3}, now.AddDate(0, 0, 3).Add(-1), domain.DeviceSkipsCode},
		{"after the lowered days", domain.Policy{RememberDeviceDays: 3}, now.AddDate(0, 0, 3), domain.DeviceExpired},
		{"after the days were raised", domain.Policy{RememberDeviceDays: 365}, now.AddDate(0, 0, 30), domain.DeviceExpired},
		{"with the days at zero", domain.Policy{}, now, domain.DeviceNotAccepted},
		{"with sign-in guarded", domain.Policy{RememberDeviceDays: 30, StepUpActions: []domain.Action{domain.ActionLogin}}, now,
			domain.DeviceNotAccepted},
		{"with everything else guarded", domain.Policy{RememberDeviceDays: 30, StepUpActions: withoutLogin()}, now, domain.DeviceSkipsCode},
		{"unwelcome and expired", domain.Policy{}, now.AddDate(1, 0, 0), domain.DeviceNotAccepted},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, domain.DecideDevice(c.policy, device, false, c.at))
		})
	}
}

func TestAGuardedSignInAsksForTheCodeOnARememberedDevice(t *testing.T) {
	device := domain.Device{CreatedAt: now, ExpiresAt: now.AddDate(0, 0, 30)}
	facts := domain.SignInFacts{OrgActive: true, AccountActive: true, PasswordProven: true, Enrolled: true}
	for _, c := range []struct {
		name   string
		policy domain.Policy
		want   domain.SignInOutcome
	}{
		{"remembered", domain.Policy{RememberDeviceDays: 30}, domain.SignInAuthenticated},
		{"guarded", domain.Policy{RememberDeviceDays: 30, StepUpActions: []domain.Action{domain.ActionLogin}}, domain.SignInCodeRequired},
		{"no days", domain.Policy{RememberDeviceDays: 0}, domain.SignInCodeRequired},
	} {
		facts.Device = domain.DecideDevice(c.policy, device, false, now)
		require.Equal(t, c.want, domain.DecideSignIn(c.policy, facts).Outcome, c.name)
	}
}

// liveSession is in order half an hour long.
func liveSession() (domain.Policy, domain.SessionFacts) {
	return domain.Policy{IdleTimeout: 30 * time.Minute}, domain.SessionFacts{OrgActive: true, AccountActive: true, Session: domain.Session{
		AMR: []domain.AMR{domain.AMRPassword}, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
	}}
}

func TestEveryRuleAppliesToALiveSession(t *testing.T) {
	unchanged := func(*domain.Policy, *domain.SessionFacts) {}
	with := func(method domain.AMR) func(*domain.Policy, *domain.SessionFacts) {
		return func(p *domain.Policy, f *domain.SessionFacts) {
			p.RequireTwoFactor, f.AdminRole, f.Session.AMR = true, true, []domain.AMR{domain.AMRPassword, method}
		}
	}
	for _, c := range []struct {
		name   string
		change func(*domain.Policy, *domain.SessionFacts)
		after  time.Duration
		want   error
	}{
		{"in order", unchanged, 0, nil},
		{"rested as long as it may", unchanged, 30*time.Minute - 1, nil},
		{"rested too long", unchanged, 30 * time.Minute, domain.ErrSessionExpired},
		{"a shorter rest since", func(p *domain.Policy, _ *domain.SessionFacts) { p.IdleTimeout = time.Minute }, time.Minute,
			domain.ErrSessionExpired},
		{"at its last nanosecond", func(_ *domain.Policy, f *domain.SessionFacts) { f.Session.LastSeenAt = now.Add(time.Hour) }, time.Hour - 1,
			nil},
		{"too old, though in use", func(_ *domain.Policy, f *domain.SessionFacts) { f.Session.LastSeenAt = now.Add(time.Hour) }, time.Hour,
			domain.ErrSessionExpired},
		{"ended", func(_ *domain.Policy, f *domain.SessionFacts) { f.Session.EndedAt = now.Add(-time.Second) }, 0, domain.ErrTokenRevoked},
		{"org suspended", func(_ *domain.Policy, f *domain.SessionFacts) { f.OrgActive = false }, 0, domain.ErrOrgSuspended},
		{"account suspended", func(_ *domain.Policy, f *domain.SessionFacts) { f.AccountActive = false }, 0, domain.ErrAccountSuspended},
		{"a second factor required since", func(p *domain.Policy, _ *domain.SessionFacts) { p.RequireTwoFactor = true }, 0,
			domain.ErrMFARequired},
		{"promoted to an admin role", func(_ *domain.Policy, f *domain.SessionFacts) { f.AdminRole = true }, 0, domain.ErrMFARequired},
		{"required and proven by a code", with(domain.AMROneTimeCode), 0, nil},
		{"required and proven by a recovery code", with(domain.AMRRecoveryCode), 0, nil},
		{"required and excused by a device", with(domain.AMRRememberedDevice), 0, nil},
		{"required and the password twice", with(domain.AMRPassword), 0, domain.ErrMFARequired},
	} {
		t.Run(c.name, func(t *testing.T) {
			policy, facts := liveSession()
			c.change(&policy, &facts)
			requireSession(t, c.want, domain.DecideSession(policy, facts, now.Add(c.after)).Outcome.Refusal())
		})
	}
}

// TestASessionContinuesOnlyIfEveryRuleHolds sets every combination of faults; the first in order is told.
func TestASessionContinuesOnlyIfEveryRuleHolds(t *testing.T) {
	faults := []struct {
		cause func(*domain.Policy, *domain.SessionFacts)
		told  error
	}{
		{func(_ *domain.Policy, f *domain.SessionFacts) { f.Session.EndedAt = now }, domain.ErrTokenRevoked},
		{func(_ *domain.Policy, f *domain.SessionFacts) { f.OrgActive = false }, domain.ErrOrgSuspended},
		{func(_ *domain.Policy, f *domain.SessionFacts) { f.AccountActive = false }, domain.ErrAccountSuspended},
		{func(_ *domain.Policy, f *domain.SessionFacts) { f.Session.ExpiresAt = now }, domain.ErrSessionExpired},
		{func(_ *domain.Policy, f *domain.SessionFacts) { f.Session.LastSeenAt = now.Add(-time.Hour) }, domain.ErrSessionExpired},
		{func(p *domain.Policy, _ *domain.SessionFacts) { p.RequireTwoFactor = true }, domain.ErrMFARequired},
		{func(_ *domain.Policy, f *domain.SessionFacts) { f.AdminRole = true }, domain.ErrMFARequired},
	}
	for bits := range 1 << len(faults) {
		policy, facts := liveSession()
		var want error
		for i, fault := range faults {
			if bits>>i&1 == 1 {
				fault.cause(&policy, &facts)
				if want == nil {
					want = fault.told
				}
			}
		}
		requireSession(t, want, domain.DecideSession(policy, facts, now).Outcome.Refusal())
	}
}

func requireSession(t *testing.T, want error, got *domain.Error) {
	t.Helper()
	if want == nil {
		require.Nil(t, got)
		return
	}
	require.ErrorIs(t, got, want)
}

func TestAnActionNeedsThePermissionAndTheStepUp(t *testing.T) {
	for _, action := range domain.Actions() {
		for bits := range 1 << 4 {
			on := func(i int) bool { return bits>>i&1 == 1 }
			var policy domain.Policy
			if on(3) {
				policy.StepUpActions = []domain.Action{action}
			}
			facts := domain.ActionFacts{Permitted: on(0), Enrolled: on(1), StepUpFresh: on(2)}
			guarded := on(3) ||
				slices.Contains([]domain.Action{"recovery_codes.regenerate", "mfa.disable", "passkey.remove", "member.mfa_reset"}, action)
			want := domain.ActionAllowed
			switch {
			case !facts.Permitted:
				want = domain.ActionNotPermitted
			case guarded && !facts.Enrolled:
				want = domain.ActionEnrollFirst
			case guarded && !facts.StepUpFresh:
				want = domain.ActionStepUp
			}
			verdict := domain.DecideAction(policy, action, facts)
			reason := lastOf(verdict)
			says := fmt.Sprintf("%s, guarded %v, %+v: %v", action, guarded, facts, reason)
			require.Equal(t, want, verdict.Outcome, says)
			require.NotEmpty(t, reason.Rule, says)
			require.NotEmpty(t, reason.Decider, says)
			require.Equal(t, want == domain.ActionNotPermitted, reason.Decider == "account.roles", says)
		}
	}
}

func TestAnActionIsGuardedByItsOwnNameOnly(t *testing.T) {
	permitted := domain.ActionFacts{Permitted: true, Enrolled: true}
	for _, action := range domain.Actions() {
		others := slices.DeleteFunc(domain.Actions(), func(a domain.Action) bool { return a == action })
		verdict := domain.DecideAction(domain.Policy{RequireTwoFactor: true, StepUpActions: others}, action, permitted)
		require.Equal(t, action.AlwaysGuarded(), verdict.Outcome == domain.ActionStepUp, action)
	}
}

func TestEachVerdictOnAnActionHasItsOwnReason(t *testing.T) {
	policy := domain.Policy{StepUpActions: []domain.Action{domain.ActionDataExport}}
	rules := map[domain.Reason]bool{}
	for _, facts := range []domain.ActionFacts{{}, {Permitted: true}, {Permitted: true, Enrolled: true},
		{Permitted: true, Enrolled: true, StepUpFresh: true}} {
		rules[lastOf(domain.DecideAction(policy, domain.ActionDataExport, facts))] = true
	}
	rules[lastOf(domain.DecideAction(policy, domain.ActionRoleAssign, domain.ActionFacts{Permitted: true}))] = true
	require.Len(t, rules, 5)
}

func TestTheOutcomesHaveTheirDocumentedNames(t *testing.T) {
	require.Equal(t, strings.Fields("authenticated mfa_required mfa_enrollment_required password_change_required"), []string{
		string(domain.SignInAuthenticated), string(domain.SignInCodeRequired), string(domain.SignInEnrollmentRequired),
		string(domain.SignInPasswordChange),
	})
}

func withoutLogin() []domain.Action {
	return slices.DeleteFunc(domain.Actions(), func(a domain.Action) bool { return a == domain.ActionLogin })
}
