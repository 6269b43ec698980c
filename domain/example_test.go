package domain_test

import (
	"fmt"
	"time"

	"github.com/sole-platform/sole/domain"
)

// A sign-in is decided from the org's policy and the facts of the account. The last reason is the
// rule that settled it.
func ExampleDecideSignIn() {
	policy := domain.Policy{RequireTwoFactor: true, RememberDeviceDays: 30}
	facts := domain.SignInFacts{OrgActive: true, AccountActive: true, PasswordProven: true}

	verdict := domain.DecideSignIn(policy, facts)
	reason := verdict.Reasons[len(verdict.Reasons)-1]
	fmt.Println(verdict.Outcome)
	fmt.Println("because of", reason.Decider)
	// Output:
	// mfa_enrollment_required
	// because of require_two_factor
}

// A decision remembers everything that it was made from, so it can be explained later: which setting
// or fact decided, and the smallest change that reverses it.
func ExampleDecision_SmallestChange() {
	someone := domain.Principal{Org: domain.Org{ID: "acme"}, User: domain.User{ID: "ann"}}
	policy := domain.Policy{RequireTwoFactor: true}
	facts := domain.SignInFacts{OrgActive: true, AccountActive: true, PasswordProven: true}

	decision := domain.SignInDecision(someone, policy, facts)
	fmt.Println("decided by", decision.Decider())
	for _, change := range decision.SmallestChange() {
		fmt.Println(change.Reach.By()+":", change.What)
	}
	for _, change := range decision.SmallestChangeByOthers() {
		fmt.Println(change.Reach.By()+":", change.What)
	}
	// Output:
	// decided by require_two_factor
	// account: enrol an authenticator during sign-in
	// administrator: turn require_two_factor off
}

// A rehearsal asks the policy as it is and as it would be, and counts what differs.
func ExampleRehearsal_Forecast() {
	rehearsal := domain.Rehearsal{
		Now:     time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Current: domain.Policy{IdleTimeout: time.Hour},
		Draft:   domain.Policy{IdleTimeout: time.Hour, RequireTwoFactor: true},
		Accounts: []domain.AccountGroup{
			{Active: true, Enrolled: true, Count: 40},
			{Active: true, Enrolled: false, Count: 2},
		},
	}
	fmt.Println("accounts that would have to enrol:", rehearsal.Forecast().AccountsToEnroll)
	// Output: accounts that would have to enrol: 2
}
