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

type cachedOneTimeTokens[V port.OneTimeValue] struct {
	*cache
	port.OneTimeTokens[V]
}

func (c cachedOneTimeTokens[V]) Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error {
	if err := c.fails(); err != nil {
		return err
	}
	return c.OneTimeTokens.Put(ctx, org, hash, value, ttl)
}

func (c cachedOneTimeTokens[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (none V, err error) {
	if err := c.fails(); err != nil {
		return none, err
	}
	return c.OneTimeTokens.Get(ctx, org, hash)
}

func (c cachedOneTimeTokens[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (none V, err error) {
	if err := c.fails(); err != nil {
		return none, err
	}
	return c.OneTimeTokens.Take(ctx, org, hash)
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

type cachedRequestCounts struct{ *cache }

func (c cachedRequestCounts) Exchange(context.Context, []port.RequestCount) ([]port.RequestWindow, error) {
	return []port.RequestWindow{{Total: 1}}, c.fails()
}

// world is a cache with everything that falls back from it.
type world struct {
	*cache
	challenges port.Challenges
	stepUps    port.StepUps
	ceremonies port.Ceremonies
	limiter    port.Limiter
	counts     port.RequestCounts
	changes    []bool
}

func newWorld(away bool) *world {
	w := &world{cache: &cache{}}
	circuit := fallback.NewCircuit(
		func(context.Context) error { return w.fails() },
		func(why error) { w.changes = append(w.changes, why != nil) },
	)
	w.challenges = fallback.NewChallenges(
		circuit,
		cachedOneTimeTokens[domain.Challenge]{w.cache, memory.NewChallenges(time.Now)},
		memory.NewChallenges(time.Now),
	)
	w.stepUps = fallback.NewStepUps(
		circuit,
		cachedOneTimeTokens[domain.StepUp]{w.cache, memory.NewStepUps(time.Now)},
		memory.NewStepUps(time.Now),
	)
	w.ceremonies = fallback.NewCeremonies(
		circuit,
		cachedOneTimeTokens[domain.Ceremony]{w.cache, memory.NewCeremonies(time.Now)},
		memory.NewCeremonies(time.Now),
	)
	w.limiter = fallback.Limiter{
		First:  circuit.Limiter(cachedLimiter{w.cache, memory.NewLimiter(time.Now)}),
		Second: memory.NewLimiter(time.Now),
	}
	w.counts = circuit.RequestCounts(cachedRequestCounts{w.cache})
	if away {
		w.away.Store(true)
		_, _ = w.limiter.Peek(context.Background(), "found out", port.Rate{})
	}
	return w
}

const org = domain.OrgID("org")

func TestConformanceWithAReachableCache(t *testing.T) {
	t.Parallel()
	conformance.Challenges(t, func(*testing.T) (port.Challenges, domain.OrgID, domain.OrgID) {
		return newWorld(false).challenges, org, "other"
	})
	conformance.StepUps(t, func(*testing.T) (port.StepUps, domain.OrgID, domain.OrgID) {
		return newWorld(false).stepUps, org, "other"
	})
	conformance.Ceremonies(t, func(*testing.T) (port.Ceremonies, domain.OrgID, domain.OrgID) {
		return newWorld(false).ceremonies, org, "other"
	})
	conformance.Limiter(t, func(*testing.T) port.Limiter { return newWorld(false).limiter })
}

func TestConformanceWithAnUnreachableCache(t *testing.T) {
	t.Parallel()
	// A one-time token that is not in the second place is lost, rather than gone.
	conformance.Challenges(t, func(*testing.T) (port.Challenges, domain.OrgID, domain.OrgID) {
		return found[domain.Challenge]{
			OneTimeTokens: newWorld(true).challenges,
			lost:          domain.ErrChallengeLost,
			gone:          domain.ErrChallengeGone,
		}, org, "other"
	})
	conformance.StepUps(t, func(*testing.T) (port.StepUps, domain.OrgID, domain.OrgID) {
		return found[domain.StepUp]{OneTimeTokens: newWorld(true).stepUps, lost: domain.ErrStepUpLost, gone: domain.ErrStepUpGone}, org, "other"
	})
	conformance.Ceremonies(t, func(*testing.T) (port.Ceremonies, domain.OrgID, domain.OrgID) {
		return found[domain.Ceremony]{
			OneTimeTokens: newWorld(true).ceremonies, lost: domain.ErrCeremonyLost, gone: domain.ErrCeremonyGone,
		}, org, "other"
	})
	conformance.Limiter(t, func(*testing.T) port.Limiter { return newWorld(true).limiter })
}

// found says gone instead of lost.
type found[V port.OneTimeValue] struct {
	port.OneTimeTokens[V]
	lost, gone *domain.Error
}

func (f found[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	value, err := f.OneTimeTokens.Get(ctx, org, hash)
	return value, f.say(err)
}

func (f found[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	value, err := f.OneTimeTokens.Take(ctx, org, hash)
	return value, f.say(err)
}

func (f found[V]) say(err error) error {
	if errors.Is(err, f.lost) {
		return f.gone
	}
	return err
}

func TestTheFirstFailureIsReportedAndTheNextCallUsesTheFallback(t *testing.T) {
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

func TestAnUnreachableCacheIsNotCalled(t *testing.T) {
	t.Parallel()
	w := newWorld(true)
	for range 1000 {
		_, err := w.limiter.Take(t.Context(), "key", port.Rate{Max: 1, Per: time.Minute})
		require.NoError(t, err)
		require.NoError(t, w.challenges.Put(t.Context(), org, "hash", domain.Challenge{}, time.Minute))
	}
	require.Less(t, w.asked.Load(), int64(100))
}

func TestAOneTimeTokenIsFoundAfterTheCacheFailsOrRecovers(t *testing.T) {
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

func TestACancelledCallIsNotAFailureOfTheCache(t *testing.T) {
	t.Parallel()
	w := newWorld(false)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.challenges.Get(ended, org, "hash")
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, w.changes)
}

// TestAnExchangeOfCountsUsesTheCircuit: it finds out that the cache is unreachable or back, also while there are no other calls.
func TestAnExchangeOfCountsUsesTheCircuit(t *testing.T) {
	t.Parallel()
	w := newWorld(false)
	windows, err := w.counts.Exchange(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, []port.RequestWindow{{Total: 1}}, windows)
	w.away.Store(true)
	for range 100 {
		_, err := w.counts.Exchange(t.Context(), nil)
		require.ErrorIs(t, err, domain.ErrUnavailable)
	}
	require.Less(t, w.asked.Load(), int64(10))
	w.away.Store(false)
	require.Eventually(t, func() bool {
		_, err := w.counts.Exchange(t.Context(), nil)
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, []bool{true, false}, w.changes)
}

var errFull = fmt.Errorf("%w: %w: full", domain.ErrUnavailable, port.ErrRefused)

// fullOneTimeTokens is a cache that is full: it answers reads and refuses writes.
type fullOneTimeTokens struct{ port.Challenges }

func (fullOneTimeTokens) Put(context.Context, domain.OrgID, domain.TokenHash, domain.Challenge, time.Duration) error {
	return errFull
}

// TestACacheThatRefusesWritesIsUnavailable: a successful read does not close the circuit, and the reason is
// reported.
func TestACacheThatRefusesWritesIsUnavailable(t *testing.T) {
	t.Parallel()
	var told []error
	checked := make(chan struct{}, 100)
	circuit := fallback.NewCircuit(func(context.Context) error {
		checked <- struct{}{}
		return errFull
	}, func(why error) { told = append(told, why) })
	challenges := fallback.NewChallenges(circuit, fullOneTimeTokens{memory.NewChallenges(time.Now)}, memory.NewChallenges(time.Now))
	require.NoError(t, challenges.Put(t.Context(), org, "one", domain.Challenge{}, time.Minute), "what it refused is elsewhere")
	require.Eventually(t, func() bool {
		_, err := challenges.Get(t.Context(), org, "unknown")
		return errors.Is(err, domain.ErrChallengeLost) && len(checked) > 0
	}, 5*time.Second, 5*time.Millisecond)
	_, err := challenges.Take(t.Context(), org, "one")
	require.NoError(t, err)
	require.Equal(t, []error{errFull}, told)
}
