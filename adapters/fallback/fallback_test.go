package fallback_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/fallback"
	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
)

// cache can be away; it counts how often it was asked.
type cache struct {
	away  atomic.Bool
	asked atomic.Int64
}

func (c *cache) fails() error {
	c.asked.Add(1)
	if c.away.Load() {
		return domain.ErrUnavailable
	}
	return nil
}

type cachedTickets[V domain.Challenge | domain.StepUp] struct {
	*cache
	port.Tickets[V]
}

func (c cachedTickets[V]) Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error {
	if err := c.fails(); err != nil {
		return err
	}
	return c.Tickets.Put(ctx, org, hash, value, ttl)
}

func (c cachedTickets[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (none V, err error) {
	if err := c.fails(); err != nil {
		return none, err
	}
	return c.Tickets.Get(ctx, org, hash)
}

func (c cachedTickets[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (none V, err error) {
	if err := c.fails(); err != nil {
		return none, err
	}
	return c.Tickets.Take(ctx, org, hash)
}

type cachedLimiter struct {
	*cache
	port.Limiter
}

func (c cachedLimiter) Take(ctx context.Context, key string, rate port.Rate) (port.RateVerdict, error) {
	if err := c.fails(); err != nil {
		return port.RateVerdict{}, err
	}
	return c.Limiter.Take(ctx, key, rate)
}

func (c cachedLimiter) Peek(ctx context.Context, key string, rate port.Rate) (port.RateVerdict, error) {
	if err := c.fails(); err != nil {
		return port.RateVerdict{}, err
	}
	return c.Limiter.Peek(ctx, key, rate)
}

// world is a cache with everything that falls back from it.
type world struct {
	*cache
	challenges port.Challenges
	stepUps    port.StepUps
	limiter    port.Limiter
	changes    []bool
}

func newWorld(away bool) *world {
	w := &world{cache: &cache{}}
	circuit := fallback.NewCircuit(func(context.Context) error { return w.fails() }, func(why error) { w.changes = append(w.changes, why != nil) })
	w.challenges = fallback.NewChallenges(circuit, cachedTickets[domain.Challenge]{w.cache, memory.NewChallenges(time.Now)}, memory.NewChallenges(time.Now))
	w.stepUps = fallback.NewStepUps(circuit, cachedTickets[domain.StepUp]{w.cache, memory.NewStepUps(time.Now)}, memory.NewStepUps(time.Now))
	w.limiter = fallback.Limiter{First: circuit.Limiter(cachedLimiter{w.cache, memory.NewLimiter(time.Now)}), Second: memory.NewLimiter(time.Now)}
	if away {
		w.away.Store(true)
		_, _ = w.limiter.Peek(context.Background(), "found out", port.Rate{})
	}
	return w
}

const org = domain.OrgID("org")

func TestThePromisesOfThePortsAreKeptWithTheCache(t *testing.T) {
	t.Parallel()
	conformance.Challenges(t, func(*testing.T) (port.Challenges, domain.OrgID, domain.OrgID) {
		return newWorld(false).challenges, org, "other"
	})
	conformance.StepUps(t, func(*testing.T) (port.StepUps, domain.OrgID, domain.OrgID) {
		return newWorld(false).stepUps, org, "other"
	})
	conformance.Limiter(t, func(*testing.T) port.Limiter { return newWorld(false).limiter })
}

func TestThePromisesOfThePortsAreKeptWithoutTheCache(t *testing.T) {
	t.Parallel()
	// A ticket that is not in the second place is lost, rather than gone.
	conformance.Challenges(t, func(*testing.T) (port.Challenges, domain.OrgID, domain.OrgID) {
		return found[domain.Challenge]{newWorld(true).challenges, domain.ErrChallengeLost, domain.ErrChallengeGone}, org, "other"
	})
	conformance.StepUps(t, func(*testing.T) (port.StepUps, domain.OrgID, domain.OrgID) {
		return found[domain.StepUp]{newWorld(true).stepUps, domain.ErrStepUpLost, domain.ErrStepUpGone}, org, "other"
	})
	conformance.Limiter(t, func(*testing.T) port.Limiter { return newWorld(true).limiter })
}

// found says gone instead of lost.
type found[V domain.Challenge | domain.StepUp] struct {
	port.Tickets[V]
	lost, gone *domain.Error
}

func (f found[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	value, err := f.Tickets.Get(ctx, org, hash)
	return value, f.say(err)
}

func (f found[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	value, err := f.Tickets.Take(ctx, org, hash)
	return value, f.say(err)
}

func (f found[V]) say(err error) error {
	if errors.Is(err, f.lost) {
		return f.gone
	}
	return err
}

func TestTheFirstFailureIsToldAndTheNextCallServed(t *testing.T) {
	t.Parallel()
	w := newWorld(false)
	w.away.Store(true)
	require.ErrorIs(t, w.challenges.Put(t.Context(), org, "slow", domain.Challenge{}, time.Minute), domain.ErrUnavailable)
	require.NoError(t, w.challenges.Put(t.Context(), org, "hash", domain.Challenge{}, time.Minute))
	w.away.Store(false)
	require.Eventually(t, func() bool { // what may have reached the cache late is in no second place
		_, err := w.challenges.Get(t.Context(), org, "slow")
		return errors.Is(err, domain.ErrChallengeGone)
	}, 10*time.Second, 10*time.Millisecond)
}

func TestACacheThatIsAwayIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(true)
	for range 1000 {
		_, err := w.limiter.Take(t.Context(), "key", port.Rate{Max: 1, Per: time.Minute})
		require.NoError(t, err)
		require.NoError(t, w.challenges.Put(t.Context(), org, "hash", domain.Challenge{}, time.Minute))
	}
	require.Less(t, w.asked.Load(), int64(100))
}

func TestATicketOutlivesTheChangeBetweenThePlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(false)
	require.NoError(t, w.challenges.Put(t.Context(), org, "before", domain.Challenge{User: "before"}, time.Minute))
	w.away.Store(true)
	_, err := w.challenges.Take(t.Context(), org, "before")
	require.ErrorIs(t, err, domain.ErrChallengeLost)
	require.NoError(t, w.challenges.Put(t.Context(), org, "during", domain.Challenge{User: "during"}, time.Minute))
	w.away.Store(false)
	for _, hash := range []domain.TokenHash{"before", "during"} {
		require.Eventually(t, func() bool {
			taken, err := w.challenges.Take(t.Context(), org, hash)
			return err == nil && string(taken.User) == string(hash)
		}, 10*time.Second, 10*time.Millisecond, hash)
		_, err := w.challenges.Take(t.Context(), org, hash)
		require.ErrorIs(t, err, domain.ErrChallengeGone)
	}
	require.Equal(t, []bool{true, false}, w.changes)
}

func TestACallerThatGivesUpIsNoFailureOfTheCache(t *testing.T) {
	t.Parallel()
	w := newWorld(false)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.challenges.Get(ended, org, "hash")
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, w.changes)
}

var errFull = fmt.Errorf("%w: %w: full", domain.ErrUnavailable, port.ErrRefused)

// fullTickets is a cache that is full: it answers reads and refuses writes.
type fullTickets struct{ port.Challenges }

func (fullTickets) Put(context.Context, domain.OrgID, domain.TokenHash, domain.Challenge, time.Duration) error {
	return errFull
}

// TestACacheThatRefusesWritesIsAway: a successful read does not close the circuit, and the reason is
// reported.
func TestACacheThatRefusesWritesIsAway(t *testing.T) {
	t.Parallel()
	var told []error
	checked := make(chan struct{}, 100)
	circuit := fallback.NewCircuit(func(context.Context) error {
		checked <- struct{}{}
		return errFull
	}, func(why error) { told = append(told, why) })
	challenges := fallback.NewChallenges(circuit, fullTickets{memory.NewChallenges(time.Now)}, memory.NewChallenges(time.Now))
	require.NoError(t, challenges.Put(t.Context(), org, "one", domain.Challenge{}, time.Minute), "what it refused is elsewhere")
	require.Eventually(t, func() bool {
		_, err := challenges.Get(t.Context(), org, "unknown")
		return errors.Is(err, domain.ErrChallengeLost) && len(checked) > 0
	}, 5*time.Second, 5*time.Millisecond)
	_, err := challenges.Take(t.Context(), org, "one")
	require.NoError(t, err)
	require.Equal(t, []error{errFull}, told)
}
