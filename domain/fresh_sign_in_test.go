package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestDecideFreshSignIn(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fresh, stale := now.Add(-domain.FreshSignInAge), now.Add(-domain.FreshSignInAge-time.Second)
	for _, c := range []struct {
		name   string
		listed bool
		facts  domain.FreshSignInFacts
		want   domain.FreshProof
	}{
		{"a session of five minutes", false, domain.FreshSignInFacts{Action: domain.ActionPasskeyAdd, AuthTime: fresh}, domain.FreshBySession},
		{"an older session", false, domain.FreshSignInFacts{Action: domain.ActionPasskeyAdd, AuthTime: stale}, domain.FreshMissing},
		{"an older session of an enrolled account", false,
			domain.FreshSignInFacts{Action: domain.ActionAccountUpdate, AuthTime: stale, Enrolled: true}, domain.FreshMissing},
		{"an older session with the password", false,
			domain.FreshSignInFacts{Action: domain.ActionPasskeyAdd, AuthTime: stale, PasswordSent: true}, domain.FreshByPassword},
		{"a password is checked even when the session is fresh", false,
			domain.FreshSignInFacts{Action: domain.ActionPasskeyAdd, AuthTime: fresh, PasswordSent: true}, domain.FreshByPassword},
		{"an older session with a step-up", false,
			domain.FreshSignInFacts{Action: domain.ActionAccountUpdate, AuthTime: stale, Enrolled: true, StepUpSent: true}, domain.FreshByStepUp},
		{"a step-up without a factor is nothing", false,
			domain.FreshSignInFacts{Action: domain.ActionAccountUpdate, AuthTime: stale, StepUpSent: true}, domain.FreshMissing},
		{"listed: a fresh session is not enough", true,
			domain.FreshSignInFacts{Action: domain.ActionAccountUpdate, AuthTime: fresh, Enrolled: true}, domain.FreshByStepUp},
		{"listed: the password is not enough", true,
			domain.FreshSignInFacts{Action: domain.ActionAccountUpdate, AuthTime: fresh, Enrolled: true, PasswordSent: true}, domain.FreshByStepUp},
		{"listed: an account without a factor enrols first", true,
			domain.FreshSignInFacts{Action: domain.ActionAccountUpdate, AuthTime: fresh, PasswordSent: true}, domain.FreshByStepUp},
		{"listed: a second factor wants a step-up", true,
			domain.FreshSignInFacts{Action: domain.ActionPasskeyAdd, AuthTime: fresh, Enrolled: true, PasswordSent: true}, domain.FreshByStepUp},
		{"listed: the first factor wants the password", true, domain.FreshSignInFacts{Action: domain.ActionPasskeyAdd, AuthTime: fresh},
			domain.FreshMissing},
		{"listed: the first factor with the password", true,
			domain.FreshSignInFacts{Action: domain.ActionPasskeyAdd, AuthTime: stale, PasswordSent: true}, domain.FreshByPassword},
	} {
		t.Run(c.name, func(t *testing.T) {
			policy := domain.Policy{}
			if c.listed {
				policy.StepUpActions = []domain.Action{c.facts.Action}
			}
			require.Equal(t, c.want, domain.DecideFreshSignIn(policy, c.facts, now))
		})
	}
}
