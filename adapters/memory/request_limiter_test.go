package memory

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sole-platform/sole/application/port"
)

// hub is a port.RequestCounts of one network whose windows end by a dial. It can fail, and requests can arrive during an exchange.
type hub struct {
	mu     sync.Mutex
	dial   *dial
	counts map[string]int
	ends   time.Time
	id     int64
	calls  int
	before func() error // an error: the counts did not arrive
	after  func() error // an error: the counts arrived, the answer did not
}

func (h *hub) Exchange(ctx context.Context, counts []port.RequestCount) ([]port.RequestWindow, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	if err := errors.Join(ctx.Err(), run(h.before)); err != nil {
		return nil, err
	}
	var windows []port.RequestWindow
	for _, count := range counts {
		if !h.dial.now.Before(h.ends) {
			h.counts, h.ends, h.id = map[string]int{}, h.dial.now.Add(count.Left), h.id+1
		}
		window := port.RequestWindow{ID: h.id}
		if count.Window == 0 || count.Window == h.id {
			h.counts[count.ID], window.Left = count.Allowed, h.ends.Sub(h.dial.now)
		}
		window.Total = sum(h.counts)
		windows = append(windows, window)
	}
	return windows, run(h.after)
}

func (h *hub) called() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls
}

func (h *hub) total() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return sum(h.counts)
}

func sum(counts map[string]int) (total int) {
	for _, count := range counts {
		total += count
	}
	return total
}

func run(f func() error) error {
	if f == nil {
		return nil
	}
	return f()
}

// replica is a limiter with the number of requests that it has allowed, and that number at the start of each exchange and at
// the end of each that succeeded.
type replica struct {
	*RequestLimiter
	allowed        int
	started, ended []int
}

func (r *replica) take(times int) {
	for range times {
		if r.Take("network").Allowed {
			r.allowed++
		}
	}
}

func (r *replica) exchange(ctx context.Context) error {
	started := r.allowed
	if err := r.Exchange(ctx); err != nil {
		return err
	}
	r.started, r.ended = append(r.started, started), append(r.ended, r.allowed)
	return nil
}

// most returns the most requests that were allowed from the start of one exchange to the end of the next.
func (r *replica) most() (most int) {
	for i, ended := range append(slices.Clone(r.ended), r.allowed) {
		most = max(most, ended-append([]int{0}, r.started...)[i])
	}
	return most
}

// TestReplicasExceedTheLimitByNoMoreThanTheBound lets requests and exchanges happen in any order: also during an exchange, and
// with exchanges that fail before or after the counts have arrived.
func TestReplicasExceedTheLimitByNoMoreThanTheBound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDial()
		h := &hub{dial: d}
		rate := port.Rate{Max: rapid.IntRange(1, 60).Draw(t, "max"), Per: time.Minute}
		replicas := make([]*replica, rapid.IntRange(1, 4).Draw(t, "replicas"))
		for i := range replicas {
			replicas[i] = &replica{RequestLimiter: NewRequestLimiter(d.clock, rate, h)}
		}
		someRequests := func() error {
			rapid.SampledFrom(replicas).Draw(t, "during").take(rapid.IntRange(0, 10).Draw(t, "times"))
			if rapid.IntRange(0, 5).Draw(t, "fails") == 0 {
				return errors.New("away")
			}
			return nil
		}
		h.before, h.after = someRequests, someRequests
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			d.turn(100 * time.Millisecond)
			one := rapid.SampledFrom(replicas).Draw(t, "replica")
			one.take(rapid.IntRange(0, 20).Draw(t, "times"))
			if rapid.Bool().Draw(t, "exchanges") {
				_ = one.exchange(t.Context())
			}
		}
		total, most := 0, 0
		for _, one := range replicas {
			total, most = total+one.allowed, max(most, one.most())
		}
		require.LessOrEqual(t, most, rate.Max)
		require.LessOrEqual(t, total, rate.Max+(len(replicas)-1)*most)
	})
}

// TestNoCountIsLostOverManyWindows: what the replicas allow is counted in its window, and when all know it, all refuse.
func TestNoCountIsLostOverManyWindows(t *testing.T) {
	t.Parallel()
	d := newDial()
	h := &hub{dial: d}
	rate := port.Rate{Max: 30, Per: time.Minute}
	replicas := make([]*replica, 3)
	for i := range replicas {
		replicas[i] = &replica{RequestLimiter: NewRequestLimiter(d.clock, rate, h)}
	}
	for window := range 100 {
		before := allowed(replicas)
		for step := range 10 {
			d.turn(100 * time.Millisecond)
			for i, one := range replicas {
				one.take((window + step + i) % 4)
				require.NoError(t, one.exchange(t.Context()))
			}
		}
		require.Equal(t, h.total(), allowed(replicas)-before, "window %d", window)
		require.GreaterOrEqual(t, h.total(), rate.Max)
		require.LessOrEqual(t, h.total(), rate.Max+2*3)
		for _, one := range replicas {
			require.False(t, one.Take("network").Allowed)
		}
		d.turn(h.ends.Sub(d.now))
	}
}

func allowed(replicas []*replica) (total int) {
	for _, one := range replicas {
		total += one.allowed
	}
	return total
}

// TestAWindowEndsForAllReplicasAtTheSameTime although the second one got its first request later.
func TestAWindowEndsForAllReplicasAtTheSameTime(t *testing.T) {
	t.Parallel()
	d := newDial()
	h := &hub{dial: d}
	rate := port.Rate{Max: 2, Per: time.Minute}
	one, another := NewRequestLimiter(d.clock, rate, h), NewRequestLimiter(d.clock, rate, h)
	one.Take("network")
	require.NoError(t, one.Exchange(t.Context()))
	d.turn(40 * time.Second)
	require.Equal(t, port.RateVerdict{Allowed: true, Limit: 2, Remaining: 1, Reset: time.Minute}, another.Take("network"))
	require.NoError(t, another.Exchange(t.Context()))
	d.turn(20*time.Second - 1)
	require.Equal(t, port.RateVerdict{Limit: 2, Reset: 1}, another.Take("network"))
	d.turn(1)
	for _, replica := range []*RequestLimiter{one, another} {
		require.Equal(t, port.RateVerdict{Allowed: true, Limit: 2, Remaining: 1, Reset: time.Minute}, replica.Take("network"))
	}
}

// TestAWindowThatEndedElsewhereEndsHere: the hub's clock is ahead of the replica's.
func TestAWindowThatEndedElsewhereEndsHere(t *testing.T) {
	t.Parallel()
	d, behind := newDial(), newDial()
	l := NewRequestLimiter(behind.clock, port.Rate{Max: 2, Per: time.Minute}, &hub{dial: d})
	l.Take("network")
	require.NoError(t, l.Exchange(t.Context()))
	l.Take("network")
	d.turn(time.Minute)
	require.NoError(t, l.Exchange(t.Context()))
	require.Equal(t, port.RateVerdict{Allowed: true, Limit: 2, Remaining: 1, Reset: time.Minute}, l.Take("network"))
}

func TestNothingIsExchangedWhenNothingChanged(t *testing.T) {
	t.Parallel()
	d := newDial()
	h := &hub{dial: d}
	l := NewRequestLimiter(d.clock, port.Rate{Max: 2, Per: time.Minute}, h)
	require.NoError(t, l.Exchange(t.Context()))
	require.Zero(t, h.calls)
	for range 5 { // three are refused
		l.Take("network")
	}
	require.NoError(t, l.Exchange(t.Context()))
	require.Equal(t, 1, h.calls)
	l.Take("network")
	require.NoError(t, l.Exchange(t.Context()))
	require.Equal(t, 1, h.calls, "a refused request changes no count")
}

// TestCountsThatCannotBeExchangedDoNotGrow: each network waits once, and no longer than its window lasts.
func TestCountsThatCannotBeExchangedDoNotGrow(t *testing.T) {
	t.Parallel()
	d := newDial()
	h := &hub{dial: d, before: func() error { return errors.New("away") }}
	l := NewRequestLimiter(d.clock, port.Rate{Max: 100, Per: time.Minute}, h)
	const networks = 3 * exchangeBatch
	for range 5 {
		for i := range networks {
			l.Take(strconv.Itoa(i))
		}
		require.Error(t, l.Exchange(t.Context()))
		require.Len(t, l.changed, networks)
	}
	d.turn(time.Minute)
	for range networks / exchangeBatch {
		require.Error(t, errors.Join(l.Exchange(t.Context()), errors.New("nothing is left")))
	}
	require.Empty(t, l.changed)
}

// TestAFullRequestLimiterRefusesNobodyForIt, stays of the same size, and forgets no more networks than are new.
func TestAFullRequestLimiterRefusesNobodyForIt(t *testing.T) {
	t.Parallel()
	d := newDial()
	h := &hub{dial: d, before: func() error { return errors.New("away") }}
	l := NewRequestLimiter(d.clock, port.Rate{Max: 1, Per: time.Minute}, h)
	l.windows.max = 100
	for i := range 100 {
		require.True(t, l.Take(strconv.Itoa(i)).Allowed)
	}
	for i := range 10 {
		require.Equal(t, port.RateVerdict{Allowed: true, Limit: 1, Reset: time.Minute}, l.Take("new "+strconv.Itoa(i)))
	}
	forgotten := 0
	for i := range 100 {
		if _, known := l.windows.entries[strconv.Itoa(i)]; !known {
			forgotten++
		}
	}
	require.LessOrEqual(t, forgotten, 10, "a new one can be forgotten, too")
	for i := range 20 * exchangeBatch {
		require.True(t, l.Take("flood "+strconv.Itoa(i)).Allowed)
		if i%(3*exchangeBatch) == 0 {
			require.Error(t, l.Exchange(t.Context()))
			require.LessOrEqual(t, len(l.changed), 200)
		}
	}
	require.Len(t, l.windows.entries, 100)
}

// TestRunExchangesWhatChanged at once and then at intervals, sleeps while nothing does, and ends after a last exchange.
func TestRunExchangesWhatChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		h := &hub{dial: newDial(), before: func() error {
			if away.Load() {
				return errors.New("away")
			}
			return nil
		}}
		l := NewRequestLimiter(time.Now, port.Rate{Max: 100, Per: time.Minute}, h)
		ctx, stop := context.WithCancel(t.Context())
		go l.Run(ctx)
		after := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		}
		after(time.Hour)
		require.Zero(t, h.called())
		l.Take("one")
		after(1)
		require.Equal(t, 1, h.total())
		for range 5 {
			l.Take("one")
			l.Take("another")
		}
		after(exchangeEvery - 2)
		require.Equal(t, 1, h.called())
		after(1)
		require.Equal(t, 2, h.called())
		require.Equal(t, 11, h.total())

		away.Store(true)
		l.Take("one")
		after(10 * exchangeEvery)
		require.Equal(t, 12, h.called())
		away.Store(false)
		after(exchangeEvery)
		require.Equal(t, 12, h.total())

		l.Take("one")
		stop()
		synctest.Wait()
		require.Equal(t, 13, h.total(), "the last exchange")
	})
}
