package fallback

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// OneTimeTokens implements port.OneTimeTokens with a cache and, while that is unreachable, with a second storage. A token is
// stored in only one of them, so that it can be used only once. A token that was stored while the cache was unreachable is
// still found afterwards. A token in an unreachable cache is reported as lost.
type OneTimeTokens[V port.OneTimeValue] struct {
	circuit       *Circuit
	cache, second port.OneTimeTokens[V]
	gone, lost    error
}

var (
	_ port.Challenges = (*OneTimeTokens[domain.Challenge])(nil)
	_ port.StepUps    = (*OneTimeTokens[domain.StepUp])(nil)
	_ port.Ceremonies = (*OneTimeTokens[domain.Ceremony])(nil)
)

// NewChallenges stores challenges in the cache behind the circuit, or else in the second storage.
func NewChallenges(circuit *Circuit, cache, second port.Challenges) *OneTimeTokens[domain.Challenge] {
	return &OneTimeTokens[domain.Challenge]{
		circuit: circuit, cache: cache, second: second, gone: domain.ErrChallengeGone, lost: domain.ErrChallengeLost,
	}
}

// NewStepUps stores step-ups in the cache behind the circuit, or else in the second storage.
func NewStepUps(circuit *Circuit, cache, second port.StepUps) *OneTimeTokens[domain.StepUp] {
	return &OneTimeTokens[domain.StepUp]{
		circuit: circuit, cache: cache, second: second, gone: domain.ErrStepUpGone, lost: domain.ErrStepUpLost,
	}
}

// NewCeremonies stores requests to use a passkey in the cache behind the circuit, or else in the second storage.
func NewCeremonies(circuit *Circuit, cache, second port.Ceremonies) *OneTimeTokens[domain.Ceremony] {
	return &OneTimeTokens[domain.Ceremony]{
		circuit: circuit, cache: cache, second: second, gone: domain.ErrCeremonyGone, lost: domain.ErrCeremonyLost,
	}
}

// Put implements port.OneTimeTokens. It uses the second storage if the cache refused the token, but not if the cache did
// not answer: the cache may have stored the token, and it could then be used twice.
func (t *OneTimeTokens[V]) Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error {
	if !t.circuit.closed() {
		return t.second.Put(ctx, org, hash, value, ttl)
	}
	_, err := call(ctx, t.circuit, func() (any, error) { return nil, t.cache.Put(ctx, org, hash, value, ttl) })
	if errors.Is(err, port.ErrRefused) {
		return t.second.Put(ctx, org, hash, value, ttl)
	}
	return err
}

// Get implements port.OneTimeTokens.
func (t *OneTimeTokens[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, hash, port.OneTimeTokens[V].Get)
}

// Take implements port.OneTimeTokens.
func (t *OneTimeTokens[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, hash, port.OneTimeTokens[V].Take)
}

func (t *OneTimeTokens[V]) find(
	ctx context.Context,
	org domain.OrgID,
	hash domain.TokenHash,
	in func(port.OneTimeTokens[V], context.Context, domain.OrgID, domain.TokenHash) (V, error),
) (V, error) {
	value, err := call(ctx, t.circuit, func() (V, error) { return in(t.cache, ctx, org, hash) })
	unreachable := errors.Is(err, domain.ErrUnavailable)
	if !unreachable && !errors.Is(err, t.gone) {
		return value, err
	}
	value, err = in(t.second, ctx, org, hash)
	if unreachable && errors.Is(err, t.gone) {
		err = t.lost
	}
	return value, err
}
