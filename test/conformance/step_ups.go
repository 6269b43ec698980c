package conformance

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// StepUps checks every promise of port.StepUps, as Challenges does.
func StepUps(t *testing.T, open func(t *testing.T) (stepUps port.StepUps, org, other domain.OrgID)) {
	for _, sentence := range []struct {
		must  string
		check func(*testing.T, stepUps)
	}{
		{"gives a step-up back exactly as it was put, and uses nothing up by Get", stepUpRoundTrip},
		{"does not know what was never put", func(t *testing.T, s stepUps) { mustBeUsed(t, s, randomHash()) }},
		{"lets one of fifty parallel Takes win", stepUpTakenOnce},
		{"forgets a step-up when its time is over", stepUpExpires},
	} {
		t.Run(sentence.must, func(t *testing.T) { sentence.check(t, in(open(t))) })
	}
}

type stepUps = tickets[domain.StepUp]

func someStepUp() domain.StepUp {
	return domain.StepUp{
		Org: domain.OrgID(uuid.NewString()), User: domain.UserID(uuid.NewString()), Session: domain.SessionID(uuid.NewString()), Action: domain.ActionMFADisable,
		PasswordChangedAt: challengeNow, EnrolledAt: challengeNow.Add(time.Microsecond), ExpiresAt: challengeNow.Add(domain.StepUpTTL),
	}
}

func mustBeUsed(t *testing.T, stepUps stepUps, hash domain.TokenHash) {
	t.Helper()
	_, err := stepUps.Get(t.Context(), hash)
	mustFail(t, err, domain.ErrStepUpGone, "Get")
	_, err = stepUps.Take(t.Context(), hash)
	mustFail(t, err, domain.ErrStepUpGone, "Take")
}

func stepUpRoundTrip(t *testing.T, stepUps stepUps) {
	for _, want := range []domain.StepUp{someStepUp(), {}} {
		hash := randomHash()
		require.NoError(t, stepUps.Put(t.Context(), hash, want, time.Minute))
		for range 3 {
			got, err := stepUps.Get(t.Context(), hash)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		got, err := stepUps.Take(t.Context(), hash)
		require.NoError(t, err)
		require.Equal(t, want, got)
		mustBeUsed(t, stepUps, hash)
	}
}

func stepUpTakenOnce(t *testing.T, stepUps stepUps) {
	hash := randomHash()
	require.NoError(t, stepUps.Put(t.Context(), hash, someStepUp(), time.Minute))
	mustHaveOneWinner(t, crowd(50, func(int) error {
		_, err := stepUps.Take(t.Context(), hash)
		return err
	}), domain.ErrStepUpGone)
}

func stepUpExpires(t *testing.T, stepUps stepUps) {
	brief, lasting := randomHash(), randomHash()
	require.NoError(t, stepUps.Put(t.Context(), brief, someStepUp(), 100*time.Millisecond))
	require.NoError(t, stepUps.Put(t.Context(), lasting, someStepUp(), time.Minute))
	time.Sleep(200 * time.Millisecond)
	mustBeUsed(t, stepUps, brief)
	_, err := stepUps.Take(t.Context(), lasting)
	require.NoError(t, err)
}
