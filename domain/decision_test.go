package domain_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// anyDecision makes up a policy and facts; the seed makes the same ones again.
func anyDecision(kind domain.DecisionKind, seed uint64) domain.Decision {
	r := rand.New(rand.NewPCG(seed, 1))
	yes := func() bool { return r.IntN(2) == 0 }
	some := func(d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }
	policy := domain.Policy{
		RequireTwoFactor:   yes(),
		RememberDeviceDays: r.IntN(40),
		PhishingResistant:  []domain.Coverage{domain.CoverageOff, domain.CoverageAdmins, domain.CoverageEveryone}[r.IntN(3)],
		IdleTimeout:        time.Minute + some(time.Hour),
		PasswordMinLength:  12,
	}
	policy.IdleCeiling = policy.IdleTimeout + time.Duration(r.IntN(3))*time.Hour
	for _, action := range domain.Actions() {
		if r.IntN(4) == 0 {
			policy.StepUpActions = append(policy.StepUpActions, action)
		}
	}
	someone := domain.Principal{
		Org:      domain.Org{ID: "00000000-0000-4000-8000-000000000001"},
		User:     domain.User{ID: "00000000-0000-4000-8000-000000000002"},
		Settings: domain.OrgSettings{PolicyVersion: 7},
	}
	d := domain.AccountDecision(someone, nil)
	switch kind {
	case domain.DecisionSignIn:
		d = domain.SignInDecision(someone, policy, anySignIn(r))
	case domain.DecisionSession:
		s := domain.Session{
			LastSeenAt: now.Add(-some(3 * time.Hour)),
			ExpiresAt:  now.Add(some(4*time.Hour) - time.Hour),
			AMR:        []domain.AMR{domain.AMRPassword},
		}
		if yes() {
			s.AMR = append(s.AMR, []domain.AMR{domain.AMRRememberedDevice, domain.AMRPossession}[r.IntN(2)])
		}
		if r.IntN(4) == 0 {
			s.End(domain.EndSignedOut, now)
		}
		d = domain.SessionDecision(
			someone,
			policy,
			domain.SessionFacts{OrgActive: yes(), AccountActive: yes(), AdminRole: yes(), Session: s},
			now,
		)
	case domain.DecisionAction:
		f := domain.ActionFacts{Permitted: yes(), Enrolled: yes(), StepUpFresh: yes(), AdminRole: yes()}
		f.Action = domain.Actions()[r.IntN(len(domain.Actions()))]
		f.HasPasskey = f.Enrolled && yes()
		f.StepUpPasskey = f.HasPasskey && f.StepUpFresh && yes()
		if r.IntN(4) == 0 {
			f = domain.ActionFacts{Action: f.Action, Permitted: f.Permitted, AdminRole: f.AdminRole, ServiceAccount: true}
		}
		d = domain.ActionDecision(someone, policy, f)
	case domain.DecisionPermission:
		d.Question = &domain.PermissionFacts{
			Permission:    domain.Permissions()[r.IntN(len(domain.Permissions()))],
			OrgActive:     yes(),
			OperatorsOrg:  yes(),
			AccountActive: yes(),
			Granted:       yes(),
			Roles:         "member",
		}
	case domain.DecisionAllowance:
		d.Question = &domain.AllowanceFacts{Setting: "allow_profile_edit", Allowed: yes()}
	case domain.DecisionAPIKey:
		f := domain.KeyFacts{OrgActive: yes(), AccountActive: yes(), ExpiresAt: now.Add(some(2*time.Hour) - time.Hour/2), Admitted: yes()}
		d = domain.KeyDecision(someone, f, now)
	case domain.DecisionRank:
		d.Question = &domain.RankFacts{Self: yes(), Owner: yes(), TargetOwner: yes(), Missing: r.IntN(3), Lacked: "role.manage"}
	}
	d.At = now
	return d
}

// anySignIn makes up facts that a sign-in can bring about.
func anySignIn(r *rand.Rand) domain.SignInFacts {
	yes := func() bool { return r.IntN(2) == 0 }
	f := domain.SignInFacts{
		OrgActive:          yes(),
		AccountActive:      yes(),
		Locked:             yes(),
		PasswordProven:     yes(),
		MustChangePassword: yes(),
		Enrolled:           yes(),
		AdminRole:          yes(),
	}
	f.CodeProven = f.Enrolled && yes()
	if f.Enrolled {
		f.HasPasskey = yes()
		f.PasskeyProven, f.RecoveryProven = f.HasPasskey && f.CodeProven && yes(), f.CodeProven && yes()
		f.Device = []domain.DeviceVerdict{domain.DeviceNone, domain.DeviceSkipsCode, domain.DeviceExpired, domain.DeviceNotAccepted}[r.IntN(4)]
	}
	return f
}

// holdsForAny checks the sentence on random decisions of every kind, at least 400 each, and
// goes on until both a grant and a refusal were among them.
func holdsForAny(t *testing.T, sentence func(d domain.Decision) bool) {
	t.Helper()
	for _, kind := range domain.DecisionKinds() {
		outcomes := map[bool]int{}
		for rounds := 0; len(outcomes) < 2; rounds++ {
			require.Less(t, rounds, 20, "only one outcome of %s: %v", kind, outcomes)
			require.NoError(t, quick.Check(func(seed uint64) bool {
				d := anyDecision(kind, seed)
				outcomes[d.Ruling().Granted]++
				return sentence(d)
			}, &quick.Config{MaxCount: 400}), kind)
		}
	}
}

func TestTheSmallestChangeFlipsTheVerdict(t *testing.T) {
	holdsForAny(t, func(d domain.Decision) bool {
		change := d.SmallestChange()
		return len(change) > 0 && d.With(change...).Ruling().Granted != d.Ruling().Granted
	})
}

func TestNoSmallerChangeFlipsTheVerdict(t *testing.T) {
	holdsForAny(t, func(d domain.Decision) bool {
		least := reach(d.SmallestChange())
		for _, set := range subsets(d.Changes()) {
			if reach(set) < least && d.With(set...).Ruling().Granted != d.Ruling().Granted {
				t.Logf("%+v: %v is smaller than %v", d, set, d.SmallestChange())
				return false
			}
		}
		return true
	})
}

func TestWhatOthersCanChangeFlipsTheVerdictWithoutTheAccount(t *testing.T) {
	possible := 0
	holdsForAny(t, func(d domain.Decision) bool {
		change := d.SmallestChangeByOthers()
		if change == nil {
			return true
		}
		possible++
		proof := slices.ContainsFunc(change, func(c domain.Change) bool { return c.Reach == domain.ReachProof })
		return !proof && d.With(change...).Ruling().Granted != d.Ruling().Granted
	})
	require.Greater(t, possible, 500)
}

func reach(changes []domain.Change) (total domain.Reach) {
	for _, change := range changes {
		total += change.Reach
	}
	return total
}

func subsets(changes []domain.Change) [][]domain.Change {
	if len(changes) == 0 {
		return [][]domain.Change{nil}
	}
	rest := subsets(changes[1:])
	for _, set := range slices.Clone(rest) {
		rest = append(rest, append([]domain.Change{changes[0]}, set...))
	}
	return rest
}

func TestEveryChangeSetsAStoredFact(t *testing.T) {
	holdsForAny(t, func(d domain.Decision) bool {
		return len(d.Changes()) < 14 &&
			!slices.ContainsFunc(d.Changes(), func(c domain.Change) bool { return remembered(d.With(c)) == remembered(d) || c.What == "" })
	})
}

func TestAStoredDecisionHasTheSameVerdict(t *testing.T) {
	holdsForAny(t, func(d domain.Decision) bool {
		again, err := domain.NewDecision(d.Question.Kind())
		require.NoError(t, err)
		again.Org = d.Org
		for i, from := range d.Values() {
			reflect.ValueOf(again.Values()[i]).Elem().Set(reflect.ValueOf(from).Elem())
		}
		return reflect.DeepEqual(again.Ruling(), d.Ruling()) && reflect.DeepEqual(again.Facts(), d.Facts()) &&
			reflect.DeepEqual(again.SmallestChange(), d.SmallestChange())
	})
	_, err := domain.NewDecision("made up")
	require.ErrorIs(t, err, domain.ErrNotFound)
}

func TestTryingChangesDoesNotAlterTheDecision(t *testing.T) {
	holdsForAny(t, func(d domain.Decision) bool {
		before := remembered(d)
		d.SmallestChange()
		d.With(d.Changes()...)
		return remembered(d) == before
	})
}

func remembered(d domain.Decision) string {
	var text strings.Builder
	for _, value := range d.Values() {
		_, _ = fmt.Fprintln(&text, reflect.ValueOf(value).Elem().Interface())
	}
	return text.String()
}

func TestOnlyFactsThatTheRulesUsedAreReturned(t *testing.T) {
	suspended := domain.SignInFacts{AccountActive: true, PasswordProven: true, Enrolled: true}
	d := domain.SignInDecision(domain.Principal{}, domain.Policy{RequireTwoFactor: true}, suspended)
	require.Equal(t, []domain.Fact{{Name: "org.active", Value: false}}, d.Facts())
	require.Equal(t, "org.status", d.Decider())
	suspended.OrgActive = true
	d = domain.SignInDecision(
		domain.Principal{},
		domain.Policy{
			RequireTwoFactor:   true,
			RememberDeviceDays: 30,
			StepUpActions:      []domain.Action{domain.ActionLogin, domain.ActionDataExport},
		},
		suspended,
	)
	require.Equal(t, []domain.Fact{
		{
			Name:  "org.active",
			Value: true,
		}, {Name: "account.locked", Value: false}, {Name: "account.password_proven", Value: true}, {Name: "account.active", Value: true},
		{
			Name:  "require_two_factor",
			Value: true,
		}, {Name: "account.enrolled", Value: true}, {Name: "account.admin_role", Value: false}, {Name: "device", Value: domain.DeviceNone},
		{
			Name:  "remember_device_days",
			Value: 30,
		}, {Name: "mfa_required_actions", Value: []domain.Action{domain.ActionLogin}}, {Name: "code_proven", Value: false},
		{Name: "phishing_resistant", Value: domain.Coverage("")}, {Name: "passkey_proven", Value: false},
	}, d.Facts())
}

func TestTheReasonsAreInTheOrderOfTheRules(t *testing.T) {
	facts := domain.SignInFacts{OrgActive: true, AccountActive: true, PasswordProven: true, Enrolled: true, Device: domain.DeviceNotAccepted}
	policy := domain.Policy{RequireTwoFactor: true, RememberDeviceDays: 30, StepUpActions: []domain.Action{domain.ActionLogin}}
	require.Equal(t, []domain.Reason{
		{Rule: "the org is active", Decider: "org.status", Satisfied: true},
		{Rule: "the account is not locked by failed attempts", Decider: domain.ServiceAttemptLimit, Satisfied: true},
		{Rule: "the password or a passkey is right", Decider: "account.password", Satisfied: true},
		{Rule: "the account is active", Decider: "account.status", Satisfied: true},
		{Rule: "a remembered device replaces the second factor", Decider: "mfa_required_actions"},
		{Rule: "the required second factor was proven", Decider: "require_two_factor"},
	}, domain.DecideSignIn(policy, facts).Reasons)
}

func TestTheSmallestChangeHasTheLeastReach(t *testing.T) {
	someone := domain.Principal{}
	says := func(changes []domain.Change) (what []string) {
		for _, c := range changes {
			what = append(what, c.Reach.By()+": "+c.What)
		}
		return what
	}
	required := domain.Policy{RequireTwoFactor: true}
	prompted := domain.SignInDecision(someone, required, domain.SignInFacts{OrgActive: true, AccountActive: true, PasswordProven: true})
	require.Equal(t, []string{"account: enrol an authenticator during sign-in"}, says(prompted.SmallestChange()))
	require.Equal(t, []string{"administrator: turn require_two_factor off"}, says(prompted.SmallestChangeByOthers()))

	guarded := domain.Policy{StepUpActions: []domain.Action{domain.ActionDataExport}}
	export := domain.ActionDecision(someone, guarded, domain.ActionFacts{Action: domain.ActionDataExport, Permitted: true})
	require.Equal(t, []string{
		"account: enrol an authenticator", "account: step up for the action with a second factor",
	}, says(export.SmallestChange()))
	require.Equal(t, []string{"administrator: remove the action from mfa_required_actions"}, says(export.SmallestChangeByOthers()))

	idle := domain.SessionDecision(someone, domain.Policy{IdleTimeout: 10 * time.Minute, IdleCeiling: 30 * time.Minute}, domain.SessionFacts{
		OrgActive: true, AccountActive: true, Session: domain.Session{LastSeenAt: now.Add(-12 * time.Minute), ExpiresAt: now.Add(time.Hour)},
	}, now)
	require.Equal(t, "session_timeout_minutes", idle.Decider())
	require.Equal(t, []string{"account: sign in again"}, says(idle.SmallestChange()))
	require.Equal(t, []string{"administrator: raise session_timeout_minutes to 13"}, says(idle.SmallestChangeByOthers()))
	idle.Policy.IdleTimeout, idle.Policy.IdleCeiling = 10*time.Minute, 10*time.Minute
	require.Equal(t, domain.ServiceSessionTimeout, idle.Decider())
	require.Equal(
		t,
		[]string{"operator: raise session_timeout_minutes and the service's own limit to 13"},
		says(idle.SmallestChangeByOthers()),
	)
}

// TestTheNamedRoleGrantsThePermission does to the account what the change says.
func TestTheNamedRoleGrantsThePermission(t *testing.T) {
	for _, permission := range domain.Permissions() {
		who := domain.Principal{Org: domain.Org{Status: domain.StatusActive, Platform: true}, User: domain.User{Status: domain.StatusActive}}
		facts := who.PermissionFacts(permission)
		d := domain.AccountDecision(who, &facts)
		require.False(t, d.Ruling().Granted, permission)
		change := d.SmallestChange()
		require.Len(t, change, 1)
		_, role, named := strings.Cut(change[0].What, "such as ")
		require.True(t, named)
		who.Roles = []domain.Role{{Name: role, System: true}}
		require.True(t, who.Can(permission), permission)
		facts = who.PermissionFacts(permission)
		require.True(t, domain.AccountDecision(who, &facts).Ruling().Granted)
	}
}

func TestAPermissionIsDecidedAsItIsHeld(t *testing.T) {
	custom := domain.Role{Name: "Exporter", Granted: []domain.Permission{domain.PermAuditRead, domain.PermPlatformManage}}
	for _, role := range []domain.Role{{Name: domain.RoleOwner, System: true}, {Name: domain.RoleAdmin, System: true},
		{Name: domain.RoleAuditor, System: true}, custom} {
		for _, platform := range []bool{false, true} {
			who := domain.Principal{
				Org:   domain.Org{Status: domain.StatusActive, Platform: platform},
				User:  domain.User{Status: domain.StatusActive},
				Roles: []domain.Role{role},
			}
			for _, permission := range domain.Permissions() {
				facts := who.PermissionFacts(permission)
				require.Equal(
					t,
					who.Can(permission),
					domain.DecidePermission(domain.Policy{}, facts).Outcome == domain.Granted,
					"%s of %s",
					permission,
					role.Name,
				)
			}
		}
	}
}

func TestTextsInADecisionAreBounded(t *testing.T) {
	who := domain.Principal{Org: domain.Org{Status: domain.StatusActive}}
	for range 100 {
		who.Roles = append(who.Roles, domain.Role{Name: strings.Repeat("ü", 50)})
	}
	facts := who.PermissionFacts(domain.PermAuditRead)
	require.LessOrEqual(t, len(facts.Roles), 96)
	require.True(t, strings.HasSuffix(facts.Roles, "…"))
	owner := domain.Principal{Roles: []domain.Role{{Name: domain.RoleOwner, System: true}}}
	rank := who.RankFacts(owner.Roles)
	require.LessOrEqual(t, len(rank.Lacked), 96)
	require.Equal(t, len(domain.Permissions())-1, rank.Missing)
}

func TestTheHistoryOfADeciderSelectsItsEvents(t *testing.T) {
	who := domain.Principal{Org: domain.Org{ID: "org"}, User: domain.User{ID: "account"}}
	in := domain.SignInFacts{OrgActive: true, AccountActive: true, PasswordProven: true}
	history, ok := domain.SignInDecision(who, domain.Policy{RequireTwoFactor: true}, in).History()
	require.True(t, ok)
	require.Equal(
		t,
		domain.History{Events: []domain.EventName{domain.EventOrgSettingsUpdated}, Resource: "org", Detail: "require_two_factor"},
		history,
	)
	in.AccountActive = false
	history, ok = domain.SignInDecision(who, domain.Policy{}, in).History()
	require.True(t, ok)
	require.Equal(t, "account", history.Resource)
	require.Contains(t, history.Events, domain.EventAccountSuspended)
	in.OrgActive = false
	history, ok = domain.SignInDecision(who, domain.Policy{}, in).History()
	require.True(t, ok)
	require.Equal(t, "org", history.Resource)
	_, ok = domain.SignInDecision(who, domain.Policy{}, domain.SignInFacts{OrgActive: true, Locked: true}).History()
	require.False(t, ok, "the server's configuration is in no audit log")
}

func TestADecisionCanBeLookedUpForThirtyDays(t *testing.T) {
	d := domain.Decision{At: now}
	require.False(t, d.Expired(now.AddDate(0, 0, 30).Add(-1)))
	require.True(t, d.Expired(now.AddDate(0, 0, 30)))
}
