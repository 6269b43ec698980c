package conformance

import (
	"context"
	"crypto/rand"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// RequestLimiter checks every promise of port.RequestLimiter for one replica. Its clock must be the real one, because the suite
// waits until windows end.
func RequestLimiter(t *testing.T, open func(t *testing.T, rate port.Rate) port.RequestLimiter) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, func(*testing.T, port.Rate) port.RequestLimiter)
	}{
		{"allows requests up to the limit and no more", requestsUpToTheLimit},
		{"allows requests up to the limit when 200 come at once", requestsAtOnce},
		{"counts each network by itself", requestsOfNetworksApart},
		{"starts a new window when the old one is over, however many requests came", requestsInANewWindow},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open) })
	}
}

func requestsUpToTheLimit(t *testing.T, open func(*testing.T, port.Rate) port.RequestLimiter) {
	rate := port.Rate{Max: 3, Per: time.Minute}
	limiter, network, reset := open(t, rate), rand.Text(), rate.Per
	for i, remaining := range []int{2, 1, 0, 0, 0} {
		verdict := limiter.Take(network)
		require.Equal(t, i < rate.Max, verdict.Allowed)
		require.Equal(t, rate.Max, verdict.Limit)
		require.Equal(t, remaining, verdict.Remaining)
		require.LessOrEqual(t, verdict.Reset, reset)
		require.Greater(t, verdict.Reset, rate.Per/2)
		reset = verdict.Reset
	}
}

func requestsAtOnce(t *testing.T, open func(*testing.T, port.Rate) port.RequestLimiter) {
	rate := port.Rate{Max: 60, Per: time.Minute}
	limiter, network := open(t, rate), rand.Text()
	var allowed atomic.Int64
	mustAllSucceed(t, crowd(200, func(int) error {
		if limiter.Take(network).Allowed {
			allowed.Add(1)
		}
		return nil
	}))
	require.EqualValues(t, rate.Max, allowed.Load())
}

func requestsOfNetworksApart(t *testing.T, open func(*testing.T, port.Rate) port.RequestLimiter) {
	limiter, prefix := open(t, port.Rate{Max: 1, Per: time.Minute}), rand.Text()
	for _, network := range []string{"203.0.113.1", "203.0.113.11", "2001:db8::/64", "2001:db8:0:1::/64"} {
		require.True(t, limiter.Take(prefix+network).Allowed)
		require.False(t, limiter.Take(prefix+network).Allowed)
	}
}

func requestsInANewWindow(t *testing.T, open func(*testing.T, port.Rate) port.RequestLimiter) {
	rate := port.Rate{Max: 2, Per: 300 * time.Millisecond}
	limiter, network := open(t, rate), rand.Text()
	for range 3 {
		started := time.Now()
		require.Equal(t, 1, limiter.Take(network).Remaining)
		require.True(t, limiter.Take(network).Allowed)
		refused := limiter.Take(network)
		require.False(t, refused.Allowed)
		for time.Since(started) < refused.Reset-50*time.Millisecond {
			require.False(t, limiter.Take(network).Allowed, "the window ended early")
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(70 * time.Millisecond)
	}
}

// RequestCounts checks every promise of port.RequestCounts. open returns a replica; all replicas of one test share their counts.
func RequestCounts(t *testing.T, open func(t *testing.T) (one, another port.RequestCounts)) {
	for _, promise := range []struct {
		must  string
		check func(t *testing.T, one, another port.RequestCounts)
	}{
		{"returns the sum of the counts of all replicas", countsAreAdded},
		{"changes nothing when an exchange is repeated", countsAreRepeatable},
		{"returns the windows in the order of the counts", countsInOrder},
		{"ends a window for all replicas at the time at which its first count said", countsShareTheEnd},
		{"does not add a count to a later window", countsOfAnEndedWindow},
		{"fails after the context has ended", countsWithoutAContext},
	} {
		t.Run(promise.must, func(t *testing.T) {
			one, another := open(t)
			promise.check(t, one, another)
		})
	}
}

func exchanged(t *testing.T, replica port.RequestCounts, counts ...port.RequestCount) []port.RequestWindow {
	t.Helper()
	windows, err := replica.Exchange(t.Context(), counts)
	require.NoError(t, err)
	require.Len(t, windows, len(counts))
	return windows
}

func newCount(network string, allowed int, left time.Duration) port.RequestCount {
	return port.RequestCount{Network: network, ID: rand.Text(), Allowed: allowed, Left: left}
}

func countsAreAdded(t *testing.T, one, another port.RequestCounts) {
	network := rand.Text()
	first, second := newCount(network, 3, time.Minute), newCount(network, 4, time.Minute)
	require.Equal(t, 3, exchanged(t, one, first)[0].Total)
	seen := exchanged(t, another, second)[0]
	require.Equal(t, 7, seen.Total)
	first.Allowed, first.Window = 10, seen.ID
	require.Equal(t, 14, exchanged(t, one, first)[0].Total)
	first.Allowed = 8
	require.Equal(t, 14, exchanged(t, one, first)[0].Total, "one that was sent earlier and arrives later")
	require.Equal(t, 1, exchanged(t, one, newCount(rand.Text(), 1, time.Minute))[0].Total, "another network")
}

func countsAreRepeatable(t *testing.T, one, _ port.RequestCounts) {
	count := newCount(rand.Text(), 3, time.Minute)
	window := exchanged(t, one, count)[0]
	for range 3 {
		again := exchanged(t, one, count)[0]
		require.Equal(t, window.Total, again.Total)
		require.Equal(t, window.ID, again.ID)
		count.Window = window.ID
	}
}

func countsInOrder(t *testing.T, one, _ port.RequestCounts) {
	counts := make([]port.RequestCount, 2000)
	for i := range counts {
		counts[i] = newCount(rand.Text(), i+1, time.Minute)
	}
	for i, window := range exchanged(t, one, counts...) {
		require.Equal(t, i+1, window.Total)
	}
	require.Empty(t, exchanged(t, one))
}

func countsShareTheEnd(t *testing.T, one, another port.RequestCounts) {
	network := rand.Text()
	started := exchanged(t, one, newCount(network, 1, time.Minute))[0]
	require.Greater(t, started.Left, time.Minute-5*time.Second)
	require.LessOrEqual(t, started.Left, time.Minute)
	joined := exchanged(t, another, newCount(network, 1, 2*time.Minute))[0]
	require.Equal(t, started.ID, joined.ID)
	require.LessOrEqual(t, joined.Left, started.Left)
}

func countsOfAnEndedWindow(t *testing.T, one, another port.RequestCounts) {
	network := rand.Text()
	late := newCount(network, 5, 100*time.Millisecond)
	late.Window = exchanged(t, one, late)[0].ID
	time.Sleep(150 * time.Millisecond)
	late.Allowed++
	require.Zero(t, exchanged(t, one, late)[0].Left)
	require.Equal(t, 1, exchanged(t, another, newCount(network, 1, time.Minute))[0].Total)
	require.Zero(t, exchanged(t, one, late)[0].Left)
	require.Equal(t, 3, exchanged(t, one, newCount(network, 2, time.Minute))[0].Total)
}

func countsWithoutAContext(t *testing.T, one, another port.RequestCounts) {
	count := newCount(rand.Text(), 1, time.Minute)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := one.Exchange(ended, []port.RequestCount{count})
	require.Error(t, err)
	require.NotErrorIs(t, err, domain.ErrUnavailable)
	require.Equal(t, 2, exchanged(t, another, newCount(count.Network, 2, time.Minute))[0].Total)
}
