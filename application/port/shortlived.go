package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Challenges keeps unfinished sign-ins for a few minutes. When the technology behind it
// cannot be reached every method must return domain.ErrUnavailable.
type Challenges interface {
	// Put holds a challenge for ttl; without time left it is gone at once. An adapter that is
	// full returns domain.ErrBusy.
	Put(ctx context.Context, hash domain.TokenHash, challenge domain.Challenge, ttl time.Duration) error
	// Get must return domain.ErrChallengeGone for what is unknown, taken or over its time.
	Get(ctx context.Context, hash domain.TokenHash) (domain.Challenge, error)
	// Take is Get and removal in one step: of parallel calls exactly one must win.
	Take(ctx context.Context, hash domain.TokenHash) (domain.Challenge, error)
}

// StepUps keeps fresh proofs until they are used, as Challenges keeps unfinished sign-ins.
type StepUps interface {
	Put(ctx context.Context, hash domain.TokenHash, stepUp domain.StepUp, ttl time.Duration) error
	// Get must return domain.ErrStepUpGone for what is unknown, taken or over its time.
	Get(ctx context.Context, hash domain.TokenHash) (domain.StepUp, error)
	// Take is Get and removal in one step: of parallel calls exactly one must win.
	Take(ctx context.Context, hash domain.TokenHash) (domain.StepUp, error)
}

// Rate is how many events a window of time allows.
type Rate struct {
	Max int
	Per time.Duration
}

// RateVerdict is what is left of a window after one more event.
type RateVerdict struct {
	Allowed   bool
	Limit     int
	Remaining int
	Reset     time.Duration // until the window starts anew
}

// Limiter counts events per key in windows that start with their first event. When the
// technology behind it cannot be reached it must return domain.ErrUnavailable; an adapter
// that is full must allow nothing under new keys.
type Limiter interface {
	// Take counts one event: of any number of parallel calls in a window at most Max must be
	// allowed. Counting past the limit must not lengthen the window.
	Take(ctx context.Context, key string, rate Rate) (RateVerdict, error)
	// Peek tells whether one more event would be allowed, without counting it.
	Peek(ctx context.Context, key string, rate Rate) (RateVerdict, error)
}
