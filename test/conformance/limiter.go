package conformance

import (
	"context"
	"crypto/rand"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
)

// Limiter checks every promise of port.Limiter. open may return the same limiter each time. Its
// clock must be the real one, because the suite waits until windows end.
func Limiter(t *testing.T, open func(t *testing.T) port.Limiter) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, port.Limiter)
	}{
		{"allows events up to the limit and no more", limiterAllowsTheLimit},
		{"allows events up to the limit when 200 come at once", limiterAllowsNoMoreAtOnce},
		{"returns how many events are left and when the window ends", limiterFigures},
		{"counts each key by itself", limiterKeysApart},
		{"does not count by Peek", limiterPeek},
		{"reports the same by Peek as by Take", limiterPeekAgrees},
		{"allows nothing under a limit of zero", limiterOfNone},
		{"starts a new window when the old one is over", limiterStartsAnew},
		{"starts the window with its first event, however many follow", limiterWindowIsNotLengthened},
		{"fails after the context has ended, and counts nothing", limiterContextEnded},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
	}
}

func mustTake(t *testing.T, limiter port.Limiter, key string, rate port.Rate) port.RateVerdict {
	t.Helper()
	verdict, err := limiter.Take(t.Context(), key, rate)
	require.NoError(t, err)
	return verdict
}

func mustPeek(t *testing.T, limiter port.Limiter, key string, rate port.Rate) port.RateVerdict {
	t.Helper()
	verdict, err := limiter.Peek(t.Context(), key, rate)
	require.NoError(t, err)
	return verdict
}

func limiterAllowsTheLimit(t *testing.T, limiter port.Limiter) {
	for _, rate := range []port.Rate{{Max: 1, Per: time.Minute}, {Max: 7, Per: 24 * time.Hour}} {
		key := rand.Text()
		for range rate.Max {
			require.True(t, mustTake(t, limiter, key, rate).Allowed)
		}
		for range 3 {
			require.False(t, mustTake(t, limiter, key, rate).Allowed)
		}
	}
}

func limiterAllowsNoMoreAtOnce(t *testing.T, limiter port.Limiter) {
	key, rate := rand.Text(), port.Rate{Max: 60, Per: time.Minute}
	var allowed atomic.Int64
	mustAllSucceed(t, crowd(200, func(int) error {
		verdict, err := limiter.Take(t.Context(), key, rate)
		if err == nil && verdict.Allowed {
			allowed.Add(1)
		}
		return err
	}))
	require.EqualValues(t, rate.Max, allowed.Load())
}

func limiterFigures(t *testing.T, limiter port.Limiter) {
	key, rate := rand.Text(), port.Rate{Max: 3, Per: time.Minute}
	reset := rate.Per
	for _, remaining := range []int{2, 1, 0, 0, 0} {
		verdict := mustTake(t, limiter, key, rate)
		require.Equal(t, rate.Max, verdict.Limit)
		require.Equal(t, remaining, verdict.Remaining)
		require.LessOrEqual(t, verdict.Reset, reset)
		require.Greater(t, verdict.Reset, rate.Per/2)
		reset = verdict.Reset
	}
}

func limiterKeysApart(t *testing.T, limiter port.Limiter) {
	key, rate := rand.Text(), port.Rate{Max: 1, Per: time.Minute}
	for _, one := range []string{
		key, key + ":", ":" + key, key + ":1", key + " ", key + "*", key + "\x00", strings.ToLower(key), key + oddText, "{" + key + "}",
		key + strings.Repeat("x", 5000), key + strings.Repeat("x", 5001),
	} {
		require.True(t, mustTake(t, limiter, one, rate).Allowed, "%.60q was counted under another key", one)
		require.False(t, mustTake(t, limiter, one, rate).Allowed, "%.60q was not counted", one)
	}
}

func limiterPeek(t *testing.T, limiter port.Limiter) {
	key, rate := rand.Text(), port.Rate{Max: 2, Per: time.Minute}
	for range 5 {
		require.Equal(t, port.RateVerdict{Allowed: true, Limit: 2, Remaining: 2}, mustPeek(t, limiter, key, rate))
	}
	require.True(t, mustTake(t, limiter, key, rate).Allowed)
	for range 5 {
		require.True(t, mustPeek(t, limiter, key, rate).Allowed)
	}
	require.True(t, mustTake(t, limiter, key, rate).Allowed)
	require.False(t, mustPeek(t, limiter, key, rate).Allowed)
}

func limiterPeekAgrees(t *testing.T, limiter port.Limiter) {
	key, rate := rand.Text(), port.Rate{Max: 2, Per: time.Minute}
	for range 4 {
		taken := mustTake(t, limiter, key, rate)
		seen := mustPeek(t, limiter, key, rate)
		require.Equal(t, taken.Limit, seen.Limit)
		require.Equal(t, taken.Remaining, seen.Remaining)
		require.Equal(t, seen.Remaining > 0, seen.Allowed)
		require.LessOrEqual(t, seen.Reset, taken.Reset)
		require.Greater(t, seen.Reset, rate.Per/2)
	}
}

func limiterOfNone(t *testing.T, limiter port.Limiter) {
	key, none := rand.Text(), port.Rate{Per: time.Minute}
	for range 2 {
		require.False(t, mustPeek(t, limiter, key, none).Allowed)
		verdict := mustTake(t, limiter, key, none)
		require.False(t, verdict.Allowed)
		require.Zero(t, verdict.Remaining)
	}
}

func limiterStartsAnew(t *testing.T, limiter port.Limiter) {
	key, rate := rand.Text(), port.Rate{Max: 2, Per: 300 * time.Millisecond}
	for range 3 {
		first := mustTake(t, limiter, key, rate)
		require.True(t, first.Allowed)
		require.Equal(t, 1, first.Remaining)
		require.LessOrEqual(t, first.Reset, rate.Per)
		time.Sleep(first.Reset + 20*time.Millisecond)
		require.Equal(t, port.RateVerdict{Allowed: true, Limit: 2, Remaining: 2}, mustPeek(t, limiter, key, rate))
	}
}

func limiterWindowIsNotLengthened(t *testing.T, limiter port.Limiter) {
	key, rate := rand.Text(), port.Rate{Max: 2, Per: 700 * time.Millisecond}
	started := time.Now()
	for mustTake(t, limiter, key, rate).Allowed {
	}
	refused := 0
	for !mustTake(t, limiter, key, rate).Allowed {
		refused++
		if time.Since(started) > 5*rate.Per {
			t.Fatalf("after %d refusals and five windows still refused", refused)
		}
		time.Sleep(5 * time.Millisecond)
	}
	require.Greater(t, time.Since(started), rate.Per-5*time.Millisecond, "the window ended early")
	require.Positive(t, refused)
}

func limiterContextEnded(t *testing.T, limiter port.Limiter) {
	key, rate := rand.Text(), port.Rate{Max: 1, Per: time.Minute}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	verdict, err := limiter.Take(ended, key, rate)
	require.Error(t, err)
	require.False(t, verdict.Allowed)
	verdict, err = limiter.Peek(ended, key, rate)
	require.Error(t, err)
	require.False(t, verdict.Allowed)
	require.True(t, mustTake(t, limiter, key, rate).Allowed)
}
