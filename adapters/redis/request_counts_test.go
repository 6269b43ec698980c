package redis_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/redis"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
	"github.com/sole-platform/sole/test/harness"
)

func TestRequestCountsConformance(t *testing.T) {
	t.Parallel()
	conformance.RequestCounts(t, func(t *testing.T) (one, another port.RequestCounts) {
		prefix := uuid.NewString()
		return redis.NewRequestCounts(openAs(t, prefix)), redis.NewRequestCounts(openAs(t, prefix))
	})
}

func TestRequestLimiterConformance(t *testing.T) {
	t.Parallel()
	conformance.RequestLimiter(t, func(t *testing.T, rate port.Rate) port.RequestLimiter {
		return newReplica(t, open(t), rate)
	})
}

// replica is a limiter that exchanges its counts. It measures how many requests it has allowed, and how many at most
// from the start of one exchange to the start of the one after the next, which is a little more than N of port.RequestLimiter.
type replica struct {
	*memory.RequestLimiter
	next    port.RequestCounts
	allowed atomic.Int64
	stop    func()

	mu      sync.Mutex
	started []int64
	most    int64
}

func newReplica(t *testing.T, client *redis.Client, rate port.Rate) *replica {
	t.Helper()
	r := &replica{next: redis.NewRequestCounts(client), started: []int64{0, 0}}
	r.RequestLimiter = memory.NewRequestLimiter(time.Now, rate, r)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	r.stop = func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(r.stop)
	return r
}

func (r *replica) Exchange(ctx context.Context, counts []port.RequestCount) ([]port.RequestWindow, error) {
	r.measure()
	return r.next.Exchange(ctx, counts)
}

func (r *replica) measure() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started = append(r.started, r.allowed.Load())
	last := len(r.started) - 1
	r.most = max(r.most, r.started[last]-r.started[last-2])
}

// requests sends requests at an even pace until time is over.
func (r *replica) requests(pace, total time.Duration) {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for started := time.Now(); time.Since(started) < total; <-ticker.C {
		if r.Take("network").Allowed {
			r.allowed.Add(1)
		}
	}
}

// load sends requests to all replicas at the same time and returns how many were allowed, and at most between exchanges.
func load(replicas []*replica, pace, total time.Duration) (allowed, most int) {
	var sent sync.WaitGroup
	for _, r := range replicas {
		for range 2 {
			sent.Go(func() { r.requests(2*pace, total) })
		}
	}
	sent.Wait()
	for _, r := range replicas {
		r.measure()
		allowed, most = allowed+int(r.allowed.Load()), max(most, int(r.most))
	}
	return allowed, most
}

// TestThreeReplicasExceedTheLimitByNoMoreThanTheBound under load, and refuse everything after an exchange. A replica that
// starts later knows what the others have allowed.
func TestThreeReplicasExceedTheLimitByNoMoreThanTheBound(t *testing.T) {
	t.Parallel()
	client, rate := open(t), port.Rate{Max: 100, Per: time.Minute}
	replicas := []*replica{newReplica(t, client, rate), newReplica(t, client, rate), newReplica(t, client, rate)}
	allowed, most := load(replicas, 4*time.Millisecond, 600*time.Millisecond)
	require.GreaterOrEqual(t, allowed, rate.Max)
	require.LessOrEqual(t, allowed, rate.Max+2*most)
	for _, r := range replicas {
		require.False(t, r.Take("network").Allowed)
		require.Zero(t, r.Take("network").Remaining)
	}
	for _, r := range replicas {
		r.stop()
	}
	restarted := newReplica(t, client, rate)
	require.Equal(t, rate.Max-1, restarted.Take("network").Remaining)
	require.Eventually(t, func() bool { return !restarted.Take("network").Allowed }, 5*time.Second, 50*time.Millisecond)
}

// TestTheBoundHoldsInEachOfManyWindows: what is allowed in a window is neither counted in another one nor forgotten.
func TestTheBoundHoldsInEachOfManyWindows(t *testing.T) {
	t.Parallel()
	client, rate := open(t), port.Rate{Max: 40, Per: 400 * time.Millisecond}
	replicas := []*replica{newReplica(t, client, rate), newReplica(t, client, rate), newReplica(t, client, rate)}
	started := time.Now()
	allowed, most := load(replicas, 2*time.Millisecond, 5*rate.Per)
	windows := int(time.Since(started)/rate.Per) + 1
	require.LessOrEqual(t, most, 2*rate.Max, "two windows")
	require.LessOrEqual(t, allowed, windows*(rate.Max+2*most))
	require.GreaterOrEqual(t, allowed, 3*rate.Max, "new windows begin")
}

// TestCountsAreStoredAgainAfterTheServerLostThem, in the window that the replicas know.
func TestCountsAreStoredAgainAfterTheServerLostThem(t *testing.T) {
	t.Parallel()
	client := open(t)
	counts := redis.NewRequestCounts(client)
	count := port.RequestCount{Network: "network", ID: "one", Allowed: 3, Left: time.Minute}
	stored, err := counts.Exchange(t.Context(), []port.RequestCount{count})
	require.NoError(t, err)
	keys, err := client.Keys(t.Context(), "*:requests:*network").Result()
	require.NoError(t, err)
	require.NotEmpty(t, keys)
	require.NoError(t, client.Del(t.Context(), keys...).Err())
	count.Window, count.Left = stored[0].ID, time.Second
	again, err := counts.Exchange(t.Context(), []port.RequestCount{count})
	require.NoError(t, err)
	require.Equal(t, stored[0].ID, again[0].ID)
	require.Equal(t, 3, again[0].Total)
}

// TestAWindowWithoutAnExpiryEnds: one whose expiry was removed by hand would otherwise never end.
func TestAWindowWithoutAnExpiryEnds(t *testing.T) {
	t.Parallel()
	prefix := uuid.NewString()
	client := openAs(t, prefix)
	counts := redis.NewRequestCounts(client)
	_, err := counts.Exchange(t.Context(), []port.RequestCount{{Network: "n", ID: "old", Allowed: 3, Left: 50 * time.Millisecond}})
	require.NoError(t, err)
	require.NoError(t, client.Persist(t.Context(), prefix+":requests:1:n").Err())
	time.Sleep(60 * time.Millisecond)
	windows, err := counts.Exchange(t.Context(), []port.RequestCount{{Network: "n", ID: "new", Allowed: 1, Left: time.Minute}})
	require.NoError(t, err)
	require.Equal(t, 1, windows[0].Total)
	require.Greater(t, windows[0].Left, time.Second)
}

// TestTheLimitHoldsWithoutTheServerAndIsSharedAgainAfterwards also checks that no request waits for the server.
func TestTheLimitHoldsWithoutTheServerAndIsSharedAgainAfterwards(t *testing.T) {
	t.Parallel()
	server, prefix := harness.NewRedisServer(t), uuid.NewString()
	client, err := redis.Open(server.URL(), prefix)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	rate := port.Rate{Max: 20, Per: time.Minute}
	one, another := newReplica(t, client, rate), newReplica(t, client, rate)
	server.Stop(t)
	_, err = redis.NewRequestCounts(client).Exchange(t.Context(), []port.RequestCount{{Network: "n", ID: "n", Left: time.Minute}})
	require.ErrorIs(t, err, domain.ErrUnavailable)
	started := time.Now()
	for i := range 1000 {
		require.Equal(t, i < rate.Max, one.Take("network").Allowed)
		require.Equal(t, i < rate.Max, another.Take("another network").Allowed)
	}
	require.Less(t, time.Since(started), 100*time.Millisecond)
	server.Start(t)
	require.Eventually(t, func() bool {
		return !another.Take("network").Allowed && !one.Take("another network").Allowed
	}, 5*time.Second, 50*time.Millisecond)
}
