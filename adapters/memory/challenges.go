package memory

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// maxEntries is how many values of each kind are stored at most. A challenge has about half a kilobyte.
const maxEntries = 200_000

// Challenges implements port.Challenges. If it is full, Put returns domain.ErrBusy; no unfinished sign-in is removed.
type Challenges struct {
	oneTimeTokens[domain.Challenge]
}

// StepUps implements port.StepUps, with the same bound.
type StepUps struct{ oneTimeTokens[domain.StepUp] }

// Ceremonies implements port.Ceremonies, with the same bound. Requests that name no account, which anyone can start, are
// stored apart: if those are full, an arbitrary one of them is removed for each new one. Whoever starts many of them can
// therefore not keep others from signing in, nor touch the requests of those who have proven a password or a session.
type Ceremonies struct {
	oneTimeTokens[domain.Ceremony] // of known accounts

	open oneTimeTokens[domain.Ceremony]
}

var (
	_ port.Challenges = (*Challenges)(nil)
	_ port.StepUps    = (*StepUps)(nil)
	_ port.Ceremonies = (*Ceremonies)(nil)
)

// NewChallenges returns Challenges that expire by clock.
func NewChallenges(clock port.Clock) *Challenges {
	return &Challenges{oneTimeTokens[domain.Challenge]{
		held: newExpiring[domain.Challenge](clock, maxEntries), gone: domain.ErrChallengeGone, copy: copied,
	}}
}

// NewStepUps returns StepUps that expire by clock.
func NewStepUps(clock port.Clock) *StepUps {
	return &StepUps{oneTimeTokens[domain.StepUp]{
		held: newExpiring[domain.StepUp](clock, maxEntries), gone: domain.ErrStepUpGone, copy: same[domain.StepUp],
	}}
}

// NewCeremonies returns Ceremonies that expire by clock.
func NewCeremonies(clock port.Clock) *Ceremonies {
	return newCeremonies(clock, maxEntries)
}

func newCeremonies(clock port.Clock, limit int) *Ceremonies {
	tokens := func() oneTimeTokens[domain.Ceremony] {
		return oneTimeTokens[domain.Ceremony]{
			held: newExpiring[domain.Ceremony](clock, limit), gone: domain.ErrCeremonyGone, copy: same[domain.Ceremony],
		}
	}
	ceremonies := &Ceremonies{oneTimeTokens: tokens(), open: tokens()}
	ceremonies.open.replaces = true
	return ceremonies
}

// Put implements port.OneTimeTokens.
func (c *Ceremonies) Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value domain.Ceremony, ttl time.Duration) error {
	if value.User == "" {
		return c.open.Put(ctx, org, hash, value, ttl)
	}
	return c.oneTimeTokens.Put(ctx, org, hash, value, ttl)
}

// Get implements port.OneTimeTokens.
func (c *Ceremonies) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (domain.Ceremony, error) {
	return c.find(ctx, org, hash, false)
}

// Take implements port.OneTimeTokens.
func (c *Ceremonies) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (domain.Ceremony, error) {
	return c.find(ctx, org, hash, true)
}

func (c *Ceremonies) find(ctx context.Context, org domain.OrgID, hash domain.TokenHash, remove bool) (domain.Ceremony, error) {
	found, err := c.oneTimeTokens.find(ctx, org, hash, remove)
	if errors.Is(err, domain.ErrCeremonyGone) {
		found, err = c.open.find(ctx, org, hash, remove)
	}
	return found, err
}

// same returns a value that shares no memory with its copies anyway.
func same[V any](value V) V { return value }

// copied returns a copy that shares no memory with the challenge.
func copied(challenge domain.Challenge) domain.Challenge {
	challenge.Proven = slices.Clone(challenge.Proven)
	return challenge
}

// oneTimeTokens are values that are found by the hash of a token and can be taken once.
type oneTimeTokens[V port.OneTimeValue] struct {
	held *expiring[V]
	gone error
	copy func(V) V

	replaces bool // when full: a new value replaces an arbitrary one, instead of being refused
}

// Put implements port.OneTimeTokens.
func (t *oneTimeTokens[V]) Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.held.mu.Lock()
	defer t.held.mu.Unlock()
	at, ends := key(org, hash), t.held.clock().Add(ttl)
	if t.replaces {
		t.held.replace(at, t.copy(value), ends)
		return nil
	}
	if !t.held.put(at, t.copy(value), ends) {
		return domain.ErrBusy
	}
	return nil
}

// Get implements port.OneTimeTokens.
func (t *oneTimeTokens[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, hash, false)
}

// Take implements port.OneTimeTokens.
func (t *oneTimeTokens[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, hash, true)
}

func (t *oneTimeTokens[V]) find(ctx context.Context, org domain.OrgID, hash domain.TokenHash, remove bool) (none V, err error) {
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

// key returns a unique key: the id of an org contains no colon.
func key(org domain.OrgID, hash domain.TokenHash) string { return string(org) + ":" + string(hash) }
