package domain_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

var now = time.Date(2026, 4, 5, 6, 7, 8, 0, time.UTC)

// everySignIn calls visit with every combination of facts and the rule that demands a second factor.
func everySignIn(visit func(p domain.Policy, f domain.SignInFacts)) {
	for bits := range 1 << 9 {
		on := func(i int) bool { return bits>>i&1 == 1 }
		for _, device := range []domain.DeviceVerdict{domain.DeviceNone, domain.DeviceExcuses, domain.DeviceExpired, domain.DeviceUnwelcome} {
			visit(domain.Policy{RequireTwoFactor: on(0)}, domain.SignInFacts{
				OrgActive: on(1), AccountActive: on(2), Locked: on(3), PasswordProven: on(4), MustChangePassword: on(5),
				Enrolled: on(6), AdminRole: on(7), CodeProven: on(8), Device: device,
			})
		}
	}
}

func TestTheWholeTruthTableOfSignIn(t *testing.T) {
	everySignIn(func(p domain.Policy, f domain.SignInFacts) {
		v := domain.DecideSignIn(p, f)
		says := fmt.Sprintf("%+v %+v gave %+v", p, f, v)
		demanded := p.RequireTwoFactor || f.Enrolled || f.AdminRole
		excused := f.Enrolled && f.Device == domain.DeviceExcuses
		require.NotEmpty(t, v.Reasons, says)
		switch {
		case !f.OrgActive:
			require.Equal(t, domain.SignInSuspended, v.Outcome, says)
		case f.Locked:
			require.Equal(t, domain.SignInLocked, v.Outcome, says)
		case !f.PasswordProven:
			require.Equal(t, domain.SignInRefused, v.Outcome, says)
		case !f.AccountActive:
			require.Equal(t, domain.SignInSuspended, v.Outcome, says)
		case demanded && f.Enrolled && !f.CodeProven && !excused:
			require.Equal(t, domain.SignInCodeRequired, v.Outcome, says)
		case f.MustChangePassword:
			require.Equal(t, domain.SignInPasswordChange, v.Outcome, says)
		case demanded && !f.Enrolled && !f.CodeProven:
			require.Equal(t, domain.SignInEnrollmentRequired, v.Outcome, says)
		default:
			require.Equal(t, domain.SignInAuthenticated, v.Outcome, says)
		}
	})
}

func TestADeviceSkipsTheCodeAndNothingElse(t *testing.T) {
	everySignIn(func(p domain.Policy, f domain.SignInFacts) {
		without := f
		without.Device = domain.DeviceNone
		with, bare := domain.DecideSignIn(p, f).Outcome, domain.DecideSignIn(p, without).Outcome
		if with != bare {
			require.Equal(t, domain.SignInCodeRequired, bare)
			require.Equal(t, domain.DeviceExcuses, f.Device)
		}
	})
}

func TestTheReasonNamesTheSettingThatDecided(t *testing.T) {
	base := domain.SignInFacts{OrgActive: true, AccountActive: true, PasswordProven: true}
	for _, c := range []struct {
		name    string
		policy  domain.Policy
		change  func(*domain.SignInFacts)
		decider string
	}{
		{"the org's rule", domain.Policy{RequireTwoFactor: true}, func(*domain.SignInFacts) {}, "require_two_factor"},
		{"an enrolled account", domain.Policy{}, func(f *domain.SignInFacts) { f.Enrolled = true }, "account.mfa"},
		{"an admin role", domain.Policy{}, func(f *domain.SignInFacts) { f.AdminRole = true }, "account.roles"},
		{"a lock", domain.Policy{}, func(f *domain.SignInFacts) { f.Locked = true }, "LOGIN_ATTEMPT_LIMIT"},
		{"a suspension", domain.Policy{}, func(f *domain.SignInFacts) { f.AccountActive = false }, "account.status"},
	} {
		t.Run(c.name, func(t *testing.T) {
			facts := base
			c.change(&facts)
			reasons := domain.DecideSignIn(c.policy, facts).Reasons
			require.Equal(t, c.decider, reasons[len(reasons)-1].Decider)
		})
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
		{"within its days", domain.Policy{RememberDeviceDays: 30}, now.AddDate(0, 0, 29), domain.DeviceExcuses},
		{"on its last instant", domain.Policy{RememberDeviceDays: 30}, now.AddDate(0, 0, 30), domain.DeviceExpired},
		{"after the days were lowered", domain.Policy{RememberDeviceDays: 3}, now.AddDate(0, 0, 3), domain.DeviceExpired},
		{"before the lowered days are over", domain.Policy{RememberDeviceDays: 3}, now.AddDate(0, 0, 2), domain.DeviceExcuses},
		{"after the days were raised", domain.Policy{RememberDeviceDays: 365}, now.AddDate(0, 0, 31), domain.DeviceExpired},
		{"with the days at zero", domain.Policy{}, now, domain.DeviceUnwelcome},
		{"with sign-in guarded", domain.Policy{RememberDeviceDays: 30, StepUpActions: []domain.Action{domain.ActionLogin}}, now, domain.DeviceUnwelcome},
	} {
		require.Equal(t, c.want, domain.DecideDevice(c.policy, device, c.at), c.name)
	}
}

func TestALiveSessionIsAskedEverythingAgain(t *testing.T) {
	policy := domain.Policy{IdleTimeout: 30 * time.Minute}
	live := domain.SessionFacts{OrgActive: true, AccountActive: true, Session: domain.Session{
		AMR: []domain.AMR{domain.AMRPassword}, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
	}}
	for _, c := range []struct {
		name   string
		change func(*domain.Policy, *domain.SessionFacts)
		at     time.Duration
		want   error
	}{
		{"in order", func(*domain.Policy, *domain.SessionFacts) {}, 29 * time.Minute, nil},
		{"ended", func(_ *domain.Policy, f *domain.SessionFacts) { f.Session.EndedAt = now }, 0, domain.ErrTokenRevoked},
		{"org suspended", func(_ *domain.Policy, f *domain.SessionFacts) { f.OrgActive = false }, 0, domain.ErrOrgSuspended},
		{"account suspended", func(_ *domain.Policy, f *domain.SessionFacts) { f.AccountActive = false }, 0, domain.ErrAccountSuspended},
		{"idle too long", func(*domain.Policy, *domain.SessionFacts) {}, 30 * time.Minute, domain.ErrSessionExpired},
		{"too old, though active", func(_ *domain.Policy, f *domain.SessionFacts) { f.Session.LastSeenAt = now.Add(time.Hour) }, time.Hour, domain.ErrSessionExpired},
		{"a shorter idle time", func(p *domain.Policy, _ *domain.SessionFacts) { p.IdleTimeout = time.Minute }, time.Minute, domain.ErrSessionExpired},
		{"a second factor now required", func(p *domain.Policy, _ *domain.SessionFacts) { p.RequireTwoFactor = true }, 0, domain.ErrMFARequired},
		{"promoted to an admin role", func(_ *domain.Policy, f *domain.SessionFacts) { f.AdminRole = true }, 0, domain.ErrMFARequired},
		{"required and proven", func(p *domain.Policy, f *domain.SessionFacts) {
			p.RequireTwoFactor, f.Session.AMR = true, []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}
		}, 0, nil},
		{"required and excused", func(p *domain.Policy, f *domain.SessionFacts) {
			p.RequireTwoFactor, f.Session.AMR = true, []domain.AMR{domain.AMRPassword, domain.AMRRememberedDevice}
		}, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, f := policy, live
			c.change(&p, &f)
			err := domain.DecideSession(p, f, now.Add(c.at))
			require.True(t, errors.Is(err, c.want), "got %v", err)
		})
	}
}

func TestActionsAreDecidedInOrder(t *testing.T) {
	guarded := domain.Policy{StepUpActions: []domain.Action{domain.ActionDataExport}}
	for _, c := range []struct {
		name   string
		policy domain.Policy
		action domain.Action
		facts  domain.ActionFacts
		want   domain.ActionVerdict
	}{
		{"not permitted, whatever else", guarded, domain.ActionDataExport, domain.ActionFacts{Enrolled: true, StepUpFresh: true}, domain.ActionNotPermitted},
		{"not guarded", domain.Policy{}, domain.ActionDataExport, domain.ActionFacts{Permitted: true}, domain.ActionAllowed},
		{"guarded, not enrolled", guarded, domain.ActionDataExport, domain.ActionFacts{Permitted: true}, domain.ActionEnrollFirst},
		{"guarded, not stepped up", guarded, domain.ActionDataExport, domain.ActionFacts{Permitted: true, Enrolled: true}, domain.ActionStepUp},
		{"guarded, stepped up", guarded, domain.ActionDataExport, domain.ActionFacts{Permitted: true, Enrolled: true, StepUpFresh: true}, domain.ActionAllowed},
		{"always guarded", domain.Policy{}, domain.ActionMFADisable, domain.ActionFacts{Permitted: true, Enrolled: true}, domain.ActionStepUp},
	} {
		verdict, reason := domain.DecideAction(c.policy, c.action, c.facts)
		require.Equal(t, c.want, verdict, c.name)
		require.NotEmpty(t, reason.Rule, c.name)
	}
}
