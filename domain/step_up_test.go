package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAStepUpAdmitsWhatItWasProvenForAndNothingElse(t *testing.T) {
	principal := func(change func(*domain.Principal)) domain.Principal {
		p := domain.Principal{
			Org: domain.Org{ID: "org"}, User: domain.User{ID: "user", PasswordChangedAt: now}, Session: domain.Session{ID: "session"},
			Factors: domain.Factors{{ID: "a", Kind: domain.FactorTOTP, EnrolledAt: now}},
		}
		change(&p)
		return p
	}
	same := principal(func(*domain.Principal) {})
	proof := domain.NewStepUp(same, domain.ActionMFADisable, domain.AMROneTimeCode, now)
	require.True(t, proof.Admits(same, domain.ActionMFADisable, now.Add(domain.StepUpTTL-1)))
	require.False(t, proof.Admits(same, domain.ActionMFADisable, now.Add(domain.StepUpTTL)), "too late")
	require.False(t, proof.Admits(same, domain.ActionRoleAssign, now), "another action")
	for what, other := range map[string]func(*domain.Principal){
		"another org":           func(p *domain.Principal) { p.Org.ID = "other" },
		"another account":       func(p *domain.Principal) { p.User.ID = "other" },
		"another session":       func(p *domain.Principal) { p.Session.ID = "other" },
		"another password":      func(p *domain.Principal) { p.User.PasswordChangedAt = now.Add(time.Microsecond) },
		"another authenticator": func(p *domain.Principal) { p.Factors[0].EnrolledAt = now.Add(time.Microsecond) },
		"no authenticator":      func(p *domain.Principal) { p.Factors = nil },
	} {
		require.False(t, proof.Admits(principal(other), domain.ActionMFADisable, now), what)
	}
}
