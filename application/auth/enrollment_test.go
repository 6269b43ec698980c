package auth_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/domain"
)

func TestRepeatedStartsOfAnEnrolmentInOneSignInReturnTheSameSecret(t *testing.T) {
	f := newFixture(t)
	begin := func(challenge domain.Secret) string {
		shown, err := f.startEnrollment(challenge)
		require.NoError(t, err)
		return shown[factor.TOTPSecret].Reveal()
	}
	token := f.challenge()
	before := len(f.events())
	first := begin(token)
	f.now = f.now.Add(4 * time.Minute)
	require.Equal(t, first, begin(token))
	require.Equal(t, []domain.EventName{domain.EventMFAEnrollmentBegun}, f.events()[before:], "the second start changed nothing")

	another := f.challenge()
	second := begin(another)
	require.NotEqual(t, first, second, "nobody is shown a secret that another sign-in has seen")
	f.now = f.now.Add(4 * time.Minute)
	require.Equal(t, second, begin(another))
	_, err := f.confirmEnrollment(another, f.code())
	require.NoError(t, err)
}

func TestParallelStartsOfOneEnrolmentShowOneSecret(t *testing.T) {
	f := newFixture(t)
	token, secrets := f.challenge(), sync.Map{}
	var starts sync.WaitGroup
	for range 8 {
		starts.Go(func() {
			shown, err := f.startEnrollment(token)
			if err != nil {
				t.Error(err)
			}
			secrets.Store(shown[factor.TOTPSecret].Reveal(), true)
		})
	}
	starts.Wait()
	count := 0
	secrets.Range(func(any, any) bool { count++; return true })
	require.Equal(t, 1, count)
}
