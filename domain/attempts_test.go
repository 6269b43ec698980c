package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sole-platform/sole/domain"
)

var limit = domain.AttemptLimit{Max: 3, Lockout: 15 * time.Minute}

func guessWrong(t *testing.T, a *domain.Attempts, at time.Time) {
	t.Helper()
	require.Equal(t, domain.AttemptGranted, a.Reserve(limit, at))
	a.Fail(limit, at)
}

func TestTheLastWrongGuessAllowedLocks(t *testing.T) {
	var a domain.Attempts
	for range limit.Max {
		guessWrong(t, &a, now)
	}
	require.Equal(t, limit.Lockout, a.Locked(now))
	require.Equal(t, domain.AttemptLocked, a.Reserve(limit, now.Add(limit.Lockout-1)))
	require.Equal(t, domain.AttemptGranted, a.Reserve(limit, now.Add(limit.Lockout)))
}

func TestAttemptsDuringALockDoNotLengthenIt(t *testing.T) {
	var a domain.Attempts
	for range limit.Max {
		guessWrong(t, &a, now)
	}
	for i := range 10 {
		require.Equal(t, domain.AttemptLocked, a.Reserve(limit, now.Add(time.Duration(i)*time.Minute)))
	}
	require.Zero(t, a.Locked(now.Add(limit.Lockout)))
}

func TestFailuresAreForgottenAfterTheirWindow(t *testing.T) {
	var a domain.Attempts
	guessWrong(t, &a, now)
	guessWrong(t, &a, now.Add(14*time.Minute))
	guessWrong(t, &a, now.Add(15*time.Minute))
	require.Zero(t, a.Locked(now.Add(15*time.Minute)))
	require.Equal(t, 1, a.Failures)
}

func TestASuccessForgivesTheFailuresBefore(t *testing.T) {
	var a domain.Attempts
	guessWrong(t, &a, now)
	guessWrong(t, &a, now)
	require.Equal(t, domain.AttemptGranted, a.Reserve(limit, now))
	a.Succeed()
	require.Zero(t, a.Failures)
	require.Zero(t, a.Reserved)
}

func TestUndecidedGuessesFillTheLimitWithoutLocking(t *testing.T) {
	var a domain.Attempts
	for range limit.Max {
		require.Equal(t, domain.AttemptGranted, a.Reserve(limit, now))
	}
	require.Equal(t, domain.AttemptBusy, a.Reserve(limit, now))
	a.Release()
	require.Equal(t, domain.AttemptGranted, a.Reserve(limit, now))
}

func TestAbandonedGuessesCountAsWrong(t *testing.T) {
	var a domain.Attempts
	for range limit.Max {
		require.Equal(t, domain.AttemptGranted, a.Reserve(limit, now))
	}
	require.Equal(t, domain.AttemptLocked, a.Reserve(limit, now.Add(time.Minute)))
}

func TestNeverMoreThanTheLimitIsLookedAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a domain.Attempts
		at, looked, undecided := now, 0, 0
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				if a.Reserve(limit, at) == domain.AttemptGranted {
					looked++
					undecided++
				}
			case 1:
				if undecided > 0 {
					undecided--
					a.Fail(limit, at)
				}
			case 2:
				at = at.Add(time.Duration(rapid.IntRange(0, 1000).Draw(t, "milliseconds")) * time.Millisecond)
			}
			if at.Sub(now) < 10*time.Second && looked > limit.Max {
				t.Fatalf("%d guesses were looked at within one window", looked)
			}
		}
	})
}
