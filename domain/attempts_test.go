package domain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sole-platform/sole/domain"
)

const (
	lockout     = 15 * time.Minute
	undecidable = 15 * time.Second // how long a guess may stay undecided
)

var limit = domain.AttemptLimit{Max: 3, Lockout: lockout}

func guessWrong(t *testing.T, a *domain.Attempts, at time.Time) {
	t.Helper()
	require.Equal(t, domain.AttemptGranted, a.Reserve(limit, at))
	a.Fail(limit, at)
}

func reserve(t *testing.T, a *domain.Attempts, count int, at time.Time) {
	t.Helper()
	for range count {
		require.Equal(t, domain.AttemptGranted, a.Reserve(limit, at))
	}
}

func locked(t *testing.T, at time.Time) domain.Attempts {
	t.Helper()
	var a domain.Attempts
	for range limit.Max {
		guessWrong(t, &a, at)
	}
	return a
}

func TestTheLastWrongGuessAllowedLocks(t *testing.T) {
	for most := 1; most <= 10; most++ {
		t.Run(fmt.Sprint(most, " allowed"), func(t *testing.T) {
			var a domain.Attempts
			limit := domain.AttemptLimit{Max: most, Lockout: lockout}
			for range most {
				require.Zero(t, a.Locked(now), "not before")
				require.Equal(t, domain.AttemptGranted, a.Reserve(limit, now))
				a.Fail(limit, now)
			}
			require.Equal(t, lockout, a.Locked(now))
			require.Equal(t, domain.AttemptLocked, a.Reserve(limit, now))
		})
	}
}

func TestALockHoldsUntilItsInstantAndNotLonger(t *testing.T) {
	for _, c := range []struct {
		name    string
		after   time.Duration
		left    time.Duration
		verdict domain.AttemptVerdict
	}{
		{"at once", 0, lockout, domain.AttemptLocked},
		{"half way", lockout / 2, lockout / 2, domain.AttemptLocked},
		{"at its last nanosecond", lockout - 1, 1, domain.AttemptLocked},
		{"at its end", lockout, 0, domain.AttemptGranted},
		{"long after", 24 * time.Hour, 0, domain.AttemptGranted},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := locked(t, now)
			require.Equal(t, c.left, a.Locked(now.Add(c.after)))
			require.Equal(t, c.verdict, a.Reserve(limit, now.Add(c.after)))
		})
	}
}

func TestALockCountsFromTheGuessThatCausedIt(t *testing.T) {
	var a domain.Attempts
	guessWrong(t, &a, now)
	guessWrong(t, &a, now.Add(time.Minute))
	guessWrong(t, &a, now.Add(14*time.Minute))
	require.Equal(t, domain.AttemptLocked, a.Reserve(limit, now.Add(lockout)), "though the window of the first is over")
	require.Zero(t, a.Locked(now.Add(14*time.Minute+lockout)))
}

func TestAfterALockTheFullLimitApplies(t *testing.T) {
	a := locked(t, now)
	for range limit.Max {
		require.Zero(t, a.Locked(now.Add(lockout)))
		guessWrong(t, &a, now.Add(lockout))
	}
	require.Equal(t, lockout, a.Locked(now.Add(lockout)))
}

func TestAttemptsDuringALockDoNotLengthenIt(t *testing.T) {
	a := locked(t, now)
	for i := range 15 {
		require.Equal(t, domain.AttemptLocked, a.Reserve(limit, now.Add(time.Duration(i)*time.Minute)))
	}
	require.Zero(t, a.Locked(now.Add(lockout)))
	require.Zero(t, a.Reserved)
}

func TestFailuresAreForgottenAfterTheirWindow(t *testing.T) {
	for _, c := range []struct {
		name   string
		third  time.Duration
		locked bool
	}{
		{"a third within the window of the first locks", lockout - 1, true},
		{"a third at its end is a first", lockout, false},
		{"a third long after is a first", time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var a domain.Attempts
			guessWrong(t, &a, now)
			guessWrong(t, &a, now.Add(lockout-time.Minute)) // does not move the window
			guessWrong(t, &a, now.Add(c.third))
			require.Equal(t, c.locked, a.Locked(now.Add(c.third)) > 0)
		})
	}
}

func TestANewWindowIsAsLongAsTheFirst(t *testing.T) {
	var a domain.Attempts
	guessWrong(t, &a, now)
	guessWrong(t, &a, now.Add(lockout))
	guessWrong(t, &a, now.Add(2*lockout-2))
	guessWrong(t, &a, now.Add(2*lockout-1))
	require.Equal(t, domain.AttemptLocked, a.Reserve(limit, now.Add(2*lockout)))
}

func TestASuccessForgivesTheFailuresBefore(t *testing.T) {
	var a domain.Attempts
	guessWrong(t, &a, now)
	guessWrong(t, &a, now)
	reserve(t, &a, 1, now)
	a.Succeed()
	require.Equal(t, 0, a.Failures)
	require.Equal(t, 0, a.Reserved)
	guessWrong(t, &a, now)
	guessWrong(t, &a, now)
	require.Zero(t, a.Locked(now), "the count began anew")
}

func TestASuccessStartsANewWindow(t *testing.T) {
	var a domain.Attempts
	guessWrong(t, &a, now)
	reserve(t, &a, 1, now)
	a.Succeed()
	later := now.Add(lockout - 1)
	guessWrong(t, &a, later)
	guessWrong(t, &a, later)
	guessWrong(t, &a, now.Add(lockout))
	require.Positive(t, a.Locked(now.Add(lockout)))
}

func TestAGuessGrantedBeforeTheLockMayStillBeRightAndOpensIt(t *testing.T) {
	var a domain.Attempts
	reserve(t, &a, 3, now)
	a.Fail(limit, now)
	a.Fail(limit, now)
	a.Succeed()
	require.Zero(t, a.Locked(now))
	require.Equal(t, 0, a.Failures)
}

func TestASuccessDoesNotForgiveGuessesStillUndecided(t *testing.T) {
	var a domain.Attempts
	reserve(t, &a, 3, now)
	a.Succeed()
	require.Equal(t, domain.AttemptGranted, a.Reserve(limit, now))
	require.Equal(t, domain.AttemptBusy, a.Reserve(limit, now))
}

func TestUndecidedGuessesFillTheLimitWithoutLocking(t *testing.T) {
	for failed := range limit.Max {
		t.Run(fmt.Sprint(failed, " failed before"), func(t *testing.T) {
			var a domain.Attempts
			for range failed {
				guessWrong(t, &a, now)
			}
			reserve(t, &a, limit.Max-failed, now)
			require.Equal(t, domain.AttemptBusy, a.Reserve(limit, now))
			require.Zero(t, a.Locked(now))
			a.Release()
			require.Equal(t, domain.AttemptGranted, a.Reserve(limit, now), "what was given back is free")
			require.Equal(t, failed, a.Failures)
		})
	}
}

func TestAReleasedGuessIsNotCounted(t *testing.T) {
	var a domain.Attempts
	for range 10 * limit.Max {
		reserve(t, &a, 1, now)
		a.Release()
	}
	require.Zero(t, a)
}

func TestReservationsAreNeverNegative(t *testing.T) {
	for name, decide := range map[string]func(*domain.Attempts){
		"released":  (*domain.Attempts).Release,
		"succeeded": (*domain.Attempts).Succeed,
		"failed":    func(a *domain.Attempts) { a.Fail(limit, now) },
	} {
		var a domain.Attempts
		decide(&a)
		require.Equal(t, 0, a.Reserved, name)
	}
}

func TestAbandonedGuessesCountAsWrong(t *testing.T) {
	for abandoned := 1; abandoned <= limit.Max; abandoned++ {
		t.Run(fmt.Sprint(abandoned, " abandoned"), func(t *testing.T) {
			var a domain.Attempts
			reserve(t, &a, abandoned, now)
			at := now.Add(undecidable)
			for range limit.Max - abandoned {
				require.Zero(t, a.Locked(at))
				guessWrong(t, &a, at)
			}
			require.Equal(t, domain.AttemptLocked, a.Reserve(limit, at))
			require.Equal(t, lockout, a.Locked(at))
		})
	}
}

func TestAGuessIsAbandonedAfterFifteenSecondsAndNotBefore(t *testing.T) {
	var a domain.Attempts
	reserve(t, &a, 3, now)
	require.Equal(t, domain.AttemptBusy, a.Reserve(limit, now.Add(undecidable-1)))
	require.Equal(t, domain.AttemptLocked, a.Reserve(limit, now.Add(undecidable)), "asking in vain did not prolong it")
}

func TestWaitingGuessesAreNotAbandonedBecauseOlderOnesWereDecided(t *testing.T) {
	var a domain.Attempts
	reserve(t, &a, 1, now)
	a.Release()
	reserve(t, &a, 1, now.Add(time.Minute))
	reserve(t, &a, 2, now.Add(time.Minute+undecidable-1))
	require.Equal(t, domain.AttemptBusy, a.Reserve(limit, now.Add(time.Minute+undecidable)), "the newest keeps the others company")
}

func TestAGuessDecidedAfterItWasAbandonedClearsNoFailure(t *testing.T) {
	var a domain.Attempts
	reserve(t, &a, 2, now)
	at := now.Add(undecidable)
	reserve(t, &a, 1, at) // writes the two off
	a.Fail(limit, at)
	require.Positive(t, a.Locked(at))
}

// TestNoOrderOfGuessesExceedsTheLimit runs any order of guesses beside a model that
// counts looks: what failed, was abandoned or is undecided since the last reset (a success,
// or the end of the window and of the lock) never exceeds the limit, and as long as it is
// below, nobody is refused.
func TestNoOrderOfGuessesExceedsTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run := attemptsRun{
			limit: domain.AttemptLimit{Max: rapid.IntRange(1, 6).Draw(t, "max"), Lockout: lockout},
			at:    now,
		}
		t.Repeat(map[string]func(*rapid.T){
			"":       run.check,
			"guess":  run.guess,
			"wrong":  run.decide(run.wrong),
			"right":  run.decide(run.right),
			"return": run.decide(run.giveBack),
			"wait": func(t *rapid.T) {
				run.at = run.at.Add(rapid.SampledFrom([]time.Duration{
					1, time.Millisecond, time.Second, undecidable - 1, undecidable, time.Minute, lockout - 1, lockout,
				}).Draw(t, "for"))
			},
		})
	})
}

// attemptsRun is one history and what an onlooker counts of it.
type attemptsRun struct {
	limit       domain.AttemptLimit
	at          time.Time
	attempts    domain.Attempts
	wrongs      int
	undecided   int
	lastGrant   time.Time
	windowEnd   time.Time
	lockedUntil time.Time
}

func (r *attemptsRun) check(t *rapid.T) {
	if looked := r.wrongs + r.undecided; looked > r.limit.Max {
		t.Fatalf("%d guesses were looked at, %d are allowed", looked, r.limit.Max)
	}
	if got, want := r.attempts.Locked(r.at), max(0, r.lockedUntil.Sub(r.at)); got != want {
		t.Fatalf("locked for %v, not for %v", got, want)
	}
}

func (r *attemptsRun) guess(t *rapid.T) {
	r.elapse()
	want := domain.AttemptGranted
	switch {
	case r.at.Before(r.lockedUntil):
		want = domain.AttemptLocked
	case r.wrongs+r.undecided >= r.limit.Max:
		want = domain.AttemptBusy
	}
	got := r.attempts.Reserve(r.limit, r.at)
	if got != want {
		t.Fatalf("the verdict was %v, not %v, after %d wrong and with %d undecided", got, want, r.wrongs, r.undecided)
	}
	if got == domain.AttemptGranted {
		r.undecided++
		r.lastGrant = r.at
	}
}

// decide closes an undecided guess, unless there is none or it took too long.
func (r *attemptsRun) decide(how func()) func(*rapid.T) {
	return func(t *rapid.T) {
		if r.undecided == 0 || r.at.Sub(r.lastGrant) >= undecidable {
			t.Skip("nothing to decide")
		}
		r.undecided--
		how()
	}
}

func (r *attemptsRun) wrong() {
	r.count(1)
	r.attempts.Fail(r.limit, r.at)
}

func (r *attemptsRun) right() {
	r.wrongs, r.lockedUntil = 0, time.Time{}
	r.attempts.Succeed()
}

func (r *attemptsRun) giveBack() { r.attempts.Release() }

// elapse does what time alone does: the window ends, guesses are given up.
func (r *attemptsRun) elapse() {
	if !r.at.Before(r.windowEnd) && !r.at.Before(r.lockedUntil) {
		r.wrongs = 0
	}
	if r.undecided > 0 && r.at.Sub(r.lastGrant) >= undecidable {
		r.count(r.undecided)
		r.undecided = 0
	}
}

func (r *attemptsRun) count(wrongs int) {
	if r.wrongs == 0 {
		r.windowEnd = r.at.Add(r.limit.Lockout)
	}
	r.wrongs += wrongs
	if r.wrongs >= r.limit.Max {
		r.lockedUntil = r.at.Add(r.limit.Lockout)
	}
}
