package opaque_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/domain"
)

func TestAFallbackKeyOpensEarlierDecisions(t *testing.T) {
	decision := domain.Decision{
		Org:      "00000000-0000-4000-8000-000000000001",
		At:       time.Now(),
		Question: &domain.AllowanceFacts{Setting: "allow_profile_edit"},
	}
	before, after := opaque.DecisionKey{1}, opaque.DecisionKey{2}
	id := opaque.NewDecisions(before).Seal(decision)
	_, err := opaque.NewDecisions(after, before).Open(id, time.Now())
	require.NoError(t, err)
	_, err = opaque.NewDecisions(after).Open(id, time.Now())
	require.ErrorIs(t, err, domain.ErrNotFound)
}

func FuzzADecisionIDIsReadOrRefused(f *testing.F) {
	decisions := opaque.NewDecisions(opaque.DecisionKey{1})
	f.Add(
		string(decisions.Seal(domain.Decision{Org: "00000000-0000-4000-8000-000000000001", At: time.Now(), Question: &domain.SignInFacts{}})),
	)
	f.Add("dec_")
	f.Fuzz(func(t *testing.T, id string) {
		if _, err := decisions.Open(domain.DecisionID(id), time.Now()); err != nil {
			require.ErrorIs(t, err, domain.ErrNotFound)
		}
	})
}
