package domain_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

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

// covered is when the contract asks for a passkey.
func (s signIn) covered() bool {
	covers := s.policy.PhishingResistant
	return covers == domain.CoverageEveryone || covers == domain.CoverageAdmins && s.facts.AdminRole
}

// excused is when a remembered device stands in for the code.
func (s signIn) excused() bool {
	return s.facts.Enrolled && s.facts.Device == domain.DeviceSkipsCode && !s.covered()
}

// known is when the account has shown a first factor.
func (s signIn) known() bool { return s.facts.PasswordProven || s.facts.PasskeyProven }

// possible is false for facts that no sign-in can bring about: a factor that was proven by an account without one, or
// that does not count as proven.
func possible(f domain.SignInFacts) bool {
	return (f.Enrolled || !f.CodeProven && !f.HasPasskey) && (f.HasPasskey || !f.PasskeyProven) &&
		(f.CodeProven || !f.PasskeyProven && !f.RecoveryProven)
}

func (s signIn) outcome() domain.SignInOutcome { return s.verdict.Outcome }

func (s signIn) last() domain.Reason { return lastOf(s.verdict) }

func lastOf[O ~string](v domain.Verdict[O]) domain.Reason { return v.Reasons[len(v.Reasons)-1] }

func (s signIn) String() string {
	return fmt.Sprintf("require_two_factor %v, phishing_resistant %v, %+v gave %+v",
		s.policy.RequireTwoFactor, s.policy.PhishingResistant, s.facts, s.verdict)
}

// everySignIn is the whole truth table: every boolean fact there is, also those to come,
// every worth of a device and every value of the org's two rules. Left out is what is not possible.
func everySignIn() (table []signIn) {
	devices := []domain.DeviceVerdict{domain.DeviceNone, domain.DeviceSkipsCode, domain.DeviceExpired, domain.DeviceNotAccepted, "made up"}
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
		if !possible(facts) {
			continue
		}
		for _, facts.Device = range devices {
			for _, policy := range everyRule() {
				table = append(table, signIn{policy: policy, facts: facts, verdict: domain.DecideSignIn(policy, facts)})
			}
		}
	}
	return table
}

// everyRule is every policy that sign-in distinguishes, apart from devices.
func everyRule() (policies []domain.Policy) {
	for _, covers := range []domain.Coverage{domain.CoverageOff, domain.CoverageAdmins, domain.CoverageEveryone} {
		for _, require := range []bool{false, true} {
			policies = append(policies, domain.Policy{RequireTwoFactor: require, PhishingResistant: covers})
		}
	}
	return policies
}

func TestTheTruthTableOfSignInIsWhole(t *testing.T) {
	const factors = 1 + 3 + 5 // states of an account without a factor, without a passkey, and with one
	rows := len(everySignIn())
	require.Equal(t, 64*factors*5*6, rows, "a new fact needs a word in the tests below")
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
		case !s.known():
			want = domain.SignInRefused
		case !f.AccountActive:
			want = domain.SignInSuspended
		case s.covered() && f.HasPasskey && !f.PasskeyProven && !f.RecoveryProven:
			want = domain.SignInCodeRequired
		case f.Enrolled && !f.CodeProven && !s.excused():
			want = domain.SignInCodeRequired
		case f.MustChangePassword:
			want = domain.SignInPasswordChange
		case s.covered() && !f.PasskeyProven:
			want = domain.SignInEnrollmentRequired
		case s.demanded() && !f.Enrolled:
			want = domain.SignInEnrollmentRequired
		}
		require.Equal(t, want, s.outcome(), s)
	}
}

// signInRules are what must hold in every row of the truth table to which they apply.
var signInRules = []struct {
	name  string
	when  func(signIn) bool
	holds func(signIn) bool
}{
	{
		"nobody is let in without the password or a passkey",
		func(s signIn) bool { return !s.known() },
		func(s signIn) bool { return s.outcome() != domain.SignInAuthenticated },
	},
	{
		"nothing is owed to, or asked of, whoever has shown neither the password nor a passkey",
		func(s signIn) bool { return !s.known() },
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
		func(s signIn) bool { return !s.known() && !s.facts.AccountActive },
		func(s signIn) bool {
			active := s.facts
			active.AccountActive = true
			return reflect.DeepEqual(s.verdict, domain.DecideSignIn(s.policy, active))
		},
	},
	{
		"a wrong password tells nothing of the account at all",
		func(s signIn) bool { return !s.known() },
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
		"a code is asked only of who is enrolled, and enrolment only of who is not or lacks the passkey",
		func(signIn) bool { return true },
		func(s signIn) bool {
			return (s.outcome() != domain.SignInCodeRequired || s.facts.Enrolled) &&
				(s.outcome() != domain.SignInEnrollmentRequired || !s.facts.Enrolled || s.covered() && !s.facts.PasskeyProven)
		},
	},
	{
		"no second factor is asked for where nothing demands it, or once it is proven",
		func(s signIn) bool {
			if s.covered() {
				return s.facts.PasskeyProven
			}
			return !s.demanded() || s.facts.CodeProven
		},
		func(s signIn) bool {
			return s.outcome() != domain.SignInCodeRequired && s.outcome() != domain.SignInEnrollmentRequired
		},
	},
	{
		"a device that excuses skips the code and nothing else",
		func(s signIn) bool { return s.facts.Device == domain.DeviceSkipsCode },
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
		func(s signIn) bool { return s.facts.Device != domain.DeviceSkipsCode },
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
			return f.OrgActive && f.AccountActive && !f.Locked && s.known() && !f.MustChangePassword &&
				(!s.demanded() || f.Enrolled && (f.CodeProven || s.excused())) && (!s.covered() || f.PasskeyProven)
		},
		func(s signIn) bool { return s.outcome() == domain.SignInAuthenticated },
	},
	{
		"nothing but a passkey lets in whom phishing_resistant covers",
		func(s signIn) bool { return s.covered() && !s.facts.PasskeyProven },
		func(s signIn) bool { return s.outcome() != domain.SignInAuthenticated },
	},
	{
		"a device is worth nothing to whom phishing_resistant covers",
		func(s signIn) bool { return s.covered() },
		func(s signIn) bool {
			none := s.facts
			none.Device = domain.DeviceNone
			return reflect.DeepEqual(s.verdict, domain.DecideSignIn(s.policy, none))
		},
	},
	{
		"a passkey alone owes nothing more than a new password",
		func(s signIn) bool {
			return s.facts.PasskeyProven && s.facts.OrgActive && s.facts.AccountActive && !s.facts.Locked
		},
		func(s signIn) bool {
			return s.outcome() == domain.SignInAuthenticated && !s.facts.MustChangePassword ||
				s.outcome() == domain.SignInPasswordChange && s.facts.MustChangePassword
		},
	},
	{
		"a code of an app adds no passkey to an account that has one",
		func(s signIn) bool {
			return s.covered() && s.facts.HasPasskey && s.facts.CodeProven && !s.facts.PasskeyProven && !s.facts.RecoveryProven
		},
		func(s signIn) bool { return s.outcome() != domain.SignInEnrollmentRequired },
	},
	{
		"whoever has a factor proves it before adding the passkey",
		func(s signIn) bool { return s.covered() && s.facts.Enrolled && !s.facts.CodeProven },
		func(s signIn) bool { return s.outcome() != domain.SignInEnrollmentRequired },
	},
	{
		"phishing_resistant concerns nobody whom it does not cover",
		func(s signIn) bool { return !s.covered() },
		func(s signIn) bool {
			off := s.policy
			off.PhishingResistant = domain.CoverageOff
			return reflect.DeepEqual(s.verdict, domain.DecideSignIn(off, s.facts))
		},
	},
	{
		"the same facts give the same verdict",
		func(signIn) bool { return true },
		func(s signIn) bool { return reflect.DeepEqual(s.verdict, domain.DecideSignIn(s.policy, s.facts)) },
	},
}

func TestOneRuleAtATimeHoldsForEverySignIn(t *testing.T) {
	table := everySignIn()
	for _, rule := range signInRules {
		t.Run(rule.name, func(t *testing.T) {
			applied := 0
			for _, s := range table {
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
			domain.SignInSuspended:      {"org.status": !f.OrgActive, "account.status": !f.AccountActive && f.OrgActive},
			domain.SignInLocked:         {domain.ServiceAttemptLimit: f.Locked},
			domain.SignInRefused:        {"account.password": !s.known()},
			domain.SignInPasswordChange: {"account.password": f.MustChangePassword},
			domain.SignInCodeRequired: {"require_two_factor": s.policy.RequireTwoFactor, "account.mfa": f.Enrolled,
				"account.roles": f.AdminRole, "phishing_resistant": s.covered() && f.HasPasskey},
			domain.SignInEnrollmentRequired: {"require_two_factor": s.policy.RequireTwoFactor && !s.covered(),
				"account.roles": f.AdminRole && !s.covered(), "phishing_resistant": s.covered()},
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
		{"the org's rule, of an enrolled admin", true, domain.SignInFacts{Enrolled: true, AdminRole: true}, domain.SignInCodeRequired,
			"require_two_factor"},
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

func TestARememberedDeviceIsAReasonWhereverItDecided(t *testing.T) {
	for _, s := range everySignIn() {
		counted := s.excused() && !s.facts.CodeProven && (s.outcome() == domain.SignInAuthenticated || s.outcome() == domain.SignInPasswordChange)
		named := slices.ContainsFunc(s.verdict.Reasons, func(r domain.Reason) bool {
			return r.Rule == "a remembered device replaces the second factor" && r.Satisfied
		})
		require.Equal(t, counted, named, s)
	}
}
