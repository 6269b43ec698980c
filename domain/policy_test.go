package domain_test

import (
	"fmt"
	"reflect"
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
		{"sign-in guarded", domain.Policy{RememberDeviceDays: 30, StepUpActions: []domain.Action{domain.ActionDataExport, domain.ActionLogin}}, false},
	} {
		require.Equal(t, c.want, c.policy.RemembersDevices(), c.name)
	}
}

// A signIn is one row of the truth table.
type signIn struct {
	policy  domain.Policy
	facts   domain.SignInFacts
	verdict domain.SignInVerdict
}

// demanded is when the contract asks for a second factor.
func (s signIn) demanded() bool {
	return s.policy.RequireTwoFactor || s.facts.Enrolled || s.facts.AdminRole
}

// excused is when a remembered device stands in for the code.
func (s signIn) excused() bool {
	return s.facts.Enrolled && s.facts.Device == domain.DeviceExcuses
}

func (s signIn) outcome() domain.SignInOutcome { return s.verdict.Outcome }

func (s signIn) last() domain.Reason { return lastOf(s.verdict) }

func lastOf[O ~string](v domain.Verdict[O]) domain.Reason { return v.Reasons[len(v.Reasons)-1] }

func (s signIn) String() string {
	return fmt.Sprintf("require_two_factor %v, %+v gave %+v", s.policy.RequireTwoFactor, s.facts, s.verdict)
}

// everySignIn is the whole truth table: every boolean fact there is, also those to come,
// every worth of a device and both values of the org's rule. Left out is a code proven by
// an account that has no authenticator, which no sign-in can bring about.
func everySignIn() (table []signIn) {
	devices := []domain.DeviceVerdict{domain.DeviceNone, domain.DeviceExcuses, domain.DeviceExpired, domain.DeviceUnwelcome, "made up"}
	var facts domain.SignInFacts
	var booleans []reflect.Value
	for _, field := range reflect.ValueOf(&facts).Elem().Fields() {
		if field.Kind() == reflect.Bool {
			booleans = append(booleans, field)
		}
	}
	for bits := range 1 << len(booleans) {
		for i, field := range booleans {
			field.SetBool(bits>>i&1 == 1)
		}
		if facts.CodeProven && !facts.Enrolled {
			continue
		}
		for _, facts.Device = range devices {
			for _, require := range []bool{false, true} {
				policy := domain.Policy{RequireTwoFactor: require}
				table = append(table, signIn{policy, facts, domain.DecideSignIn(policy, facts)})
			}
		}
	}
	return table
}

func TestTheTruthTableOfSignInIsWhole(t *testing.T) {
	require.Len(t, everySignIn(), 192*5*2, "a new fact needs a word in the tests below")
	seen := map[domain.SignInOutcome]int{}
	for _, s := range everySignIn() {
		seen[s.outcome()]++
	}
	require.Len(t, seen, 7, "each outcome comes about")
}

// TestSignInOwesWhatTheContractSays decides every row as the contract reads, in its order.
func TestSignInOwesWhatTheContractSays(t *testing.T) {
	for _, s := range everySignIn() {
		f := s.facts
		want := domain.SignInAuthenticated
		switch {
		case !f.OrgActive:
			want = domain.SignInSuspended
		case f.Locked:
			want = domain.SignInLocked
		case !f.PasswordProven:
			want = domain.SignInRefused
		case !f.AccountActive:
			want = domain.SignInSuspended
		case f.Enrolled && !f.CodeProven && !s.excused():
			want = domain.SignInCodeRequired
		case f.MustChangePassword:
			want = domain.SignInPasswordChange
		case s.demanded() && !f.Enrolled:
			want = domain.SignInEnrollmentRequired
		}
		require.Equal(t, want, s.outcome(), s)
	}
}

func TestOneRuleAtATimeHoldsForEverySignIn(t *testing.T) {
	for _, rule := range []struct {
		name  string
		when  func(signIn) bool
		holds func(signIn) bool
	}{
		{
			"nobody is let in without the password",
			func(s signIn) bool { return !s.facts.PasswordProven },
			func(s signIn) bool { return s.outcome() != domain.SignInAuthenticated },
		},
		{
			"nothing is owed to, or asked of, whoever has not shown the password",
			func(s signIn) bool { return !s.facts.PasswordProven },
			func(s signIn) bool {
				return slices.Contains([]domain.SignInOutcome{domain.SignInRefused, domain.SignInLocked, domain.SignInSuspended}, s.outcome())
			},
		},
		{
			"nobody is let in while locked, suspended, or in a suspended org",
			func(s signIn) bool { return s.facts.Locked || !s.facts.AccountActive || !s.facts.OrgActive },
			func(s signIn) bool {
				return slices.Contains([]domain.SignInOutcome{domain.SignInRefused, domain.SignInLocked, domain.SignInSuspended}, s.outcome())
			},
		},
		{
			"a lock wins over the right password and the right code",
			func(s signIn) bool { return s.facts.Locked && s.facts.OrgActive },
			func(s signIn) bool { return s.outcome() == domain.SignInLocked },
		},
		{
			"a wrong password never tells a suspended account from another",
			func(s signIn) bool { return !s.facts.PasswordProven && !s.facts.AccountActive },
			func(s signIn) bool {
				active := s.facts
				active.AccountActive = true
				return reflect.DeepEqual(s.verdict, domain.DecideSignIn(s.policy, active))
			},
		},
		{
			"a wrong password tells nothing of the account at all",
			func(s signIn) bool { return !s.facts.PasswordProven },
			func(s signIn) bool {
				anybody := domain.SignInFacts{OrgActive: s.facts.OrgActive, Locked: s.facts.Locked}
				return reflect.DeepEqual(s.verdict, domain.DecideSignIn(s.policy, anybody))
			},
		},
		{
			"a temporary password opens nothing",
			func(s signIn) bool { return s.facts.MustChangePassword },
			func(s signIn) bool { return s.outcome() != domain.SignInAuthenticated },
		},
		{
			"a temporary password is changed before enrolment",
			func(s signIn) bool { return s.facts.MustChangePassword },
			func(s signIn) bool { return s.outcome() != domain.SignInEnrollmentRequired },
		},
		{
			"a leaked temporary password of an enrolled account changes nothing by itself",
			func(s signIn) bool { return s.facts.Enrolled && !s.facts.CodeProven && !s.excused() },
			func(s signIn) bool { return s.outcome() != domain.SignInPasswordChange },
		},
		{
			"where a second factor is demanded nobody is let in without one or an excuse",
			func(s signIn) bool { return s.demanded() && !s.facts.CodeProven && !s.excused() },
			func(s signIn) bool { return s.outcome() != domain.SignInAuthenticated },
		},
		{
			"who has yet to enrol is never let in where a second factor is demanded, whatever the device",
			func(s signIn) bool { return s.demanded() && !s.facts.Enrolled },
			func(s signIn) bool { return s.outcome() != domain.SignInAuthenticated },
		},
		{
			"a code is asked only of who is enrolled, and enrolment only of who is not",
			func(signIn) bool { return true },
			func(s signIn) bool {
				return (s.outcome() != domain.SignInCodeRequired || s.facts.Enrolled) &&
					(s.outcome() != domain.SignInEnrollmentRequired || !s.facts.Enrolled)
			},
		},
		{
			"no second factor is asked for where nothing demands it, or once it is proven",
			func(s signIn) bool { return !s.demanded() || s.facts.CodeProven },
			func(s signIn) bool {
				return s.outcome() != domain.SignInCodeRequired && s.outcome() != domain.SignInEnrollmentRequired
			},
		},
		{
			"a device that excuses skips the code and nothing else",
			func(s signIn) bool { return s.facts.Device == domain.DeviceExcuses },
			func(s signIn) bool {
				coded, bare := s.facts, s.facts
				coded.Device, bare.Device = domain.DeviceNone, domain.DeviceNone
				coded.CodeProven = s.facts.Enrolled
				without := domain.DecideSignIn(s.policy, bare).Outcome
				return s.outcome() == without ||
					without == domain.SignInCodeRequired && s.outcome() == domain.DecideSignIn(s.policy, coded).Outcome
			},
		},
		{
			"a device that does not excuse is worth nothing",
			func(s signIn) bool { return s.facts.Device != domain.DeviceExcuses },
			func(s signIn) bool {
				none := s.facts
				none.Device = domain.DeviceNone
				return reflect.DeepEqual(s.verdict, domain.DecideSignIn(s.policy, none))
			},
		},
		{
			"everything in order lets in",
			func(s signIn) bool {
				f := s.facts
				return f.OrgActive && f.AccountActive && !f.Locked && f.PasswordProven && !f.MustChangePassword &&
					(!s.demanded() || f.Enrolled && (f.CodeProven || s.excused()))
			},
			func(s signIn) bool { return s.outcome() == domain.SignInAuthenticated },
		},
		{
			"the same facts give the same verdict",
			func(signIn) bool { return true },
			func(s signIn) bool { return reflect.DeepEqual(s.verdict, domain.DecideSignIn(s.policy, s.facts)) },
		},
	} {
		t.Run(rule.name, func(t *testing.T) {
			applied := 0
			for _, s := range everySignIn() {
				if rule.when(s) {
					applied++
					require.True(t, rule.holds(s), s)
				}
			}
			require.NotZero(t, applied)
		})
	}
}

func TestTheLastReasonNamesWhatDecided(t *testing.T) {
	for _, s := range everySignIn() {
		f, last := s.facts, s.last()
		require.NotEmpty(t, last.Rule, s)
		truthful := map[domain.SignInOutcome]map[string]bool{
			domain.SignInSuspended:          {"org.status": !f.OrgActive, "account.status": !f.AccountActive && f.OrgActive},
			domain.SignInLocked:             {"LOGIN_ATTEMPT_LIMIT": f.Locked},
			domain.SignInRefused:            {"account.password": !f.PasswordProven},
			domain.SignInPasswordChange:     {"account.password": f.MustChangePassword},
			domain.SignInCodeRequired:       {"require_two_factor": s.policy.RequireTwoFactor, "account.mfa": f.Enrolled, "account.roles": f.AdminRole},
			domain.SignInEnrollmentRequired: {"require_two_factor": s.policy.RequireTwoFactor, "account.roles": f.AdminRole},
		}
		if s.outcome() != domain.SignInAuthenticated {
			require.True(t, truthful[s.outcome()][last.Decider], s)
		}
	}
}

func TestTheOrgsRuleIsNamedBeforeTheAccountsOwnAndThatBeforeItsRoles(t *testing.T) {
	for _, c := range []struct {
		name    string
		require bool
		facts   domain.SignInFacts
		outcome domain.SignInOutcome
		decider string
	}{
		{"the org's rule", true, domain.SignInFacts{}, domain.SignInEnrollmentRequired, "require_two_factor"},
		{"the org's rule, of an enrolled admin", true, domain.SignInFacts{Enrolled: true, AdminRole: true}, domain.SignInCodeRequired, "require_two_factor"},
		{"an enrolled account", false, domain.SignInFacts{Enrolled: true}, domain.SignInCodeRequired, "account.mfa"},
		{"an enrolled admin", false, domain.SignInFacts{Enrolled: true, AdminRole: true}, domain.SignInCodeRequired, "account.mfa"},
		{"an admin role", false, domain.SignInFacts{AdminRole: true}, domain.SignInEnrollmentRequired, "account.roles"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.facts.OrgActive, c.facts.AccountActive, c.facts.PasswordProven = true, true, true
			verdict := domain.DecideSignIn(domain.Policy{RequireTwoFactor: c.require}, c.facts)
			require.Equal(t, c.outcome, verdict.Outcome)
			require.Equal(t, c.decider, verdict.Reasons[len(verdict.Reasons)-1].Decider)
		})
	}
}

func TestAnExcuseIsAReasonWhereverItCounted(t *testing.T) {
	for _, s := range everySignIn() {
		counted := s.excused() && !s.facts.CodeProven && (s.outcome() == domain.SignInAuthenticated || s.outcome() == domain.SignInPasswordChange)
		named := slices.ContainsFunc(s.verdict.Reasons, func(r domain.Reason) bool {
			return r.Rule == "a remembered device excuses from the code" && r.Satisfied
		})
		require.Equal(t, counted, named, s)
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
		{"just remembered", domain.Policy{RememberDeviceDays: 30}, now, domain.DeviceExcuses},
		{"at its last nanosecond", domain.Policy{RememberDeviceDays: 30}, now.AddDate(0, 0, 30).Add(-1), domain.DeviceExcuses},
		{"at its end", domain.Policy{RememberDeviceDays: 30}, now.AddDate(0, 0, 30), domain.DeviceExpired},
		{"before the lowered days are over", domain.Policy{RememberDeviceDays: 3}, now.AddDate(0, 0, 3).Add(-1), domain.DeviceExcuses},
		{"after the lowered days", domain.Policy{RememberDeviceDays: 3}, now.AddDate(0, 0, 3), domain.DeviceExpired},
		{"after the days were raised", domain.Policy{RememberDeviceDays: 365}, now.AddDate(0, 0, 30), domain.DeviceExpired},
		{"with the days at zero", domain.Policy{}, now, domain.DeviceUnwelcome},
		{"with sign-in guarded", domain.Policy{RememberDeviceDays: 30, StepUpActions: []domain.Action{domain.ActionLogin}}, now, domain.DeviceUnwelcome},
		{"with everything else guarded", domain.Policy{RememberDeviceDays: 30, StepUpActions: withoutLogin()}, now, domain.DeviceExcuses},
		{"unwelcome and expired", domain.Policy{}, now.AddDate(1, 0, 0), domain.DeviceUnwelcome},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, domain.DecideDevice(c.policy, device, c.at))
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
		facts.Device = domain.DecideDevice(c.policy, device, now)
		require.Equal(t, c.want, domain.DecideSignIn(c.policy, facts).Outcome, c.name)
	}
}

// liveSession is in order half an hour long.
func liveSession() (domain.Policy, domain.SessionFacts) {
	return domain.Policy{IdleTimeout: 30 * time.Minute}, domain.SessionFacts{OrgActive: true, AccountActive: true, Session: domain.Session{
		AMR: []domain.AMR{domain.AMRPassword}, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
	}}
}

func TestALiveSessionIsAskedEverythingAgain(t *testing.T) {
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
		{"a shorter rest since", func(p *domain.Policy, _ *domain.SessionFacts) { p.IdleTimeout = time.Minute }, time.Minute, domain.ErrSessionExpired},
		{"at its last nanosecond", func(_ *domain.Policy, f *domain.SessionFacts) { f.Session.LastSeenAt = now.Add(time.Hour) }, time.Hour - 1, nil},
		{"too old, though in use", func(_ *domain.Policy, f *domain.SessionFacts) { f.Session.LastSeenAt = now.Add(time.Hour) }, time.Hour, domain.ErrSessionExpired},
		{"ended", func(_ *domain.Policy, f *domain.SessionFacts) { f.Session.EndedAt = now.Add(-time.Second) }, 0, domain.ErrTokenRevoked},
		{"org suspended", func(_ *domain.Policy, f *domain.SessionFacts) { f.OrgActive = false }, 0, domain.ErrOrgSuspended},
		{"account suspended", func(_ *domain.Policy, f *domain.SessionFacts) { f.AccountActive = false }, 0, domain.ErrAccountSuspended},
		{"a second factor required since", func(p *domain.Policy, _ *domain.SessionFacts) { p.RequireTwoFactor = true }, 0, domain.ErrMFARequired},
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

// TestASessionGoesOnOnlyWhenEverythingIsInOrder sets every combination of faults; the first in order is told.
func TestASessionGoesOnOnlyWhenEverythingIsInOrder(t *testing.T) {
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

func TestAnActionIsAllowedOnlyToWhoMayAndHasProvenWhatItWants(t *testing.T) {
	for _, action := range domain.Actions() {
		for bits := range 1 << 4 {
			on := func(i int) bool { return bits>>i&1 == 1 }
			var policy domain.Policy
			if on(3) {
				policy.StepUpActions = []domain.Action{action}
			}
			facts := domain.ActionFacts{Permitted: on(0), Enrolled: on(1), StepUpFresh: on(2)}
			guarded := on(3) || slices.Contains([]domain.Action{"recovery_codes.regenerate", "mfa.disable", "passkey.remove", "member.mfa_reset"}, action)
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
	for _, facts := range []domain.ActionFacts{{}, {Permitted: true}, {Permitted: true, Enrolled: true}, {Permitted: true, Enrolled: true, StepUpFresh: true}} {
		rules[lastOf(domain.DecideAction(policy, domain.ActionDataExport, facts))] = true
	}
	rules[lastOf(domain.DecideAction(policy, domain.ActionRoleAssign, domain.ActionFacts{Permitted: true}))] = true
	require.Len(t, rules, 5)
}

func TestTheOutcomesHaveTheirDocumentedNames(t *testing.T) {
	require.Equal(t, strings.Fields("authenticated mfa_required mfa_enrollment_required password_change_required"), []string{
		string(domain.SignInAuthenticated), string(domain.SignInCodeRequired), string(domain.SignInEnrollmentRequired), string(domain.SignInPasswordChange),
	})
}

func withoutLogin() []domain.Action {
	return slices.DeleteFunc(domain.Actions(), func(a domain.Action) bool { return a == domain.ActionLogin })
}
