package fallback

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Tickets implements port.Tickets: in a cache or, while that is away, in the second place. A
// ticket is in one of them only, so that it is good for one use. One that was put while the
// cache was away is found when it is back; one that is in a cache that is away is lost.
type Tickets[V domain.Challenge | domain.StepUp] struct {
	circuit       *Circuit
	cache, second port.Tickets[V]
	gone, lost    error
}

var (
	_ port.Challenges = (*Tickets[domain.Challenge])(nil)
	_ port.StepUps    = (*Tickets[domain.StepUp])(nil)
)

// NewChallenges keeps challenges in the cache behind the circuit, else in the second place.
func NewChallenges(circuit *Circuit, cache, second port.Challenges) *Tickets[domain.Challenge] {
	return &Tickets[domain.Challenge]{circuit, cache, second, domain.ErrChallengeGone, domain.ErrChallengeLost}
}

// NewStepUps keeps step-ups likewise.
func NewStepUps(circuit *Circuit, cache, second port.StepUps) *Tickets[domain.StepUp] {
	return &Tickets[domain.StepUp]{circuit, cache, second, domain.ErrStepUpGone, domain.ErrStepUpLost}
}

// Put implements port.Tickets. It uses the second place when the cache refused the ticket, but not
// when the cache did not answer: the cache may have stored the ticket, and there would be two.
func (t *Tickets[V]) Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error {
	if !t.circuit.closed() {
		return t.second.Put(ctx, org, hash, value, ttl)
	}
	_, err := call(ctx, t.circuit, func() (any, error) { return nil, t.cache.Put(ctx, org, hash, value, ttl) })
	if errors.Is(err, port.ErrRefused) {
		return t.second.Put(ctx, org, hash, value, ttl)
	}
	return err
}

// Get implements port.Tickets.
func (t *Tickets[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, hash, port.Tickets[V].Get)
}

// Take implements port.Tickets.
func (t *Tickets[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, hash, port.Tickets[V].Take)
}

func (t *Tickets[V]) find(ctx context.Context, org domain.OrgID, hash domain.TokenHash, in func(port.Tickets[V], context.Context, domain.OrgID, domain.TokenHash) (V, error)) (V, error) {
	value, err := call(ctx, t.circuit, func() (V, error) { return in(t.cache, ctx, org, hash) })
	away := errors.Is(err, domain.ErrUnavailable)
	if !away && !errors.Is(err, t.gone) {
		return value, err
	}
	value, err = in(t.second, ctx, org, hash)
	if away && errors.Is(err, t.gone) {
		err = t.lost
	}
	return value, err
}
