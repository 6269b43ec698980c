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
type Challenges struct{ held *expiring[domain.Challenge] }

var _ port.Challenges = (*Challenges)(nil)

// NewChallenges holds challenges by clock.
func NewChallenges(clock port.Clock) *Challenges {
	return &Challenges{newExpiring[domain.Challenge](clock, maxEntries)}
}

// Put implements port.Challenges.
func (c *Challenges) Put(ctx context.Context, hash domain.TokenHash, challenge domain.Challenge, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.held.mu.Lock()
	defer c.held.mu.Unlock()
	if !c.held.put(string(hash), copied(challenge), c.held.clock().Add(ttl)) {
		return domain.ErrBusy
	}
	return nil
}

// Get implements port.Challenges.
func (c *Challenges) Get(ctx context.Context, hash domain.TokenHash) (domain.Challenge, error) {
	if err := ctx.Err(); err != nil {
		return domain.Challenge{}, err
	}
	c.held.mu.Lock()
	defer c.held.mu.Unlock()
	found, ok := c.held.get(string(hash))
	if !ok {
		return domain.Challenge{}, domain.ErrChallengeGone
	}
	return copied(found.value), nil
}

// Take implements port.Challenges.
func (c *Challenges) Take(ctx context.Context, hash domain.TokenHash) (domain.Challenge, error) {
	if err := ctx.Err(); err != nil {
		return domain.Challenge{}, err
	}
	c.held.mu.Lock()
	defer c.held.mu.Unlock()
	found, ok := c.held.get(string(hash))
	delete(c.held.entries, string(hash))
	if !ok {
		return domain.Challenge{}, domain.ErrChallengeGone
	}
	return found.value, nil
}

// copied shares no memory with the challenge it was made of.
func copied(challenge domain.Challenge) domain.Challenge {
	challenge.Proven = slices.Clone(challenge.Proven)
	return challenge
}
