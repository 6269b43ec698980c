package memory

import (
	"context"
	"slices"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// maxEntries bounds each kind of state; a challenge is about half a kilobyte.
const maxEntries = 200_000

// Challenges implements port.Challenges. When it is full of unfinished sign-ins, new ones
// are told to come back (domain.ErrBusy); none is thrown out.
type Challenges struct{ tickets[domain.Challenge] }

// StepUps implements port.StepUps, bounded likewise.
type StepUps struct{ tickets[domain.StepUp] }

var (
	_ port.Challenges = (*Challenges)(nil)
	_ port.StepUps    = (*StepUps)(nil)
)

// NewChallenges holds challenges by clock.
func NewChallenges(clock port.Clock) *Challenges {
	return &Challenges{tickets[domain.Challenge]{newExpiring[domain.Challenge](clock, maxEntries), domain.ErrChallengeGone, copied}}
}

// NewStepUps holds step-ups by clock.
func NewStepUps(clock port.Clock) *StepUps {
	same := func(s domain.StepUp) domain.StepUp { return s }
	return &StepUps{tickets[domain.StepUp]{newExpiring[domain.StepUp](clock, maxEntries), domain.ErrStepUpGone, same}}
}

// copied shares no memory with the challenge it was made of.
func copied(challenge domain.Challenge) domain.Challenge {
	challenge.Proven = slices.Clone(challenge.Proven)
	return challenge
}

// tickets are found by the hash of a token and can be taken once.
type tickets[V domain.Challenge | domain.StepUp] struct {
	held *expiring[V]
	gone error
	copy func(V) V
}

// Put holds a value for ttl.
func (t *tickets[V]) Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.held.mu.Lock()
	defer t.held.mu.Unlock()
	if !t.held.put(key(org, hash), t.copy(value), t.held.clock().Add(ttl)) {
		return domain.ErrBusy
	}
	return nil
}

// Get shows a value without taking it.
func (t *tickets[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, hash, false)
}

// Take removes a value and returns it.
func (t *tickets[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, hash, true)
}

func (t *tickets[V]) find(ctx context.Context, org domain.OrgID, hash domain.TokenHash, remove bool) (none V, err error) {
	if err := ctx.Err(); err != nil {
		return none, err
	}
	t.held.mu.Lock()
	defer t.held.mu.Unlock()
	found, ok := t.held.get(key(org, hash))
	if remove {
		delete(t.held.entries, key(org, hash))
	}
	if !ok {
		return none, t.gone
	}
	return t.copy(found.value), nil
}

// key is unambiguous: an org's id holds no colon.
func key(org domain.OrgID, hash domain.TokenHash) string { return string(org) + ":" + string(hash) }
