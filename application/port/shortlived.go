package port

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Tickets keeps values of an org for a few minutes, each under the hash of its token, which
// is good for one use. When the technology behind it cannot be reached every method must
// return domain.ErrUnavailable, or that the ticket is lost where it may have been there only.
type Tickets[V domain.Challenge | domain.StepUp] interface {
	// Put holds a value for ttl; without time left it is gone at once. An adapter that is
	// full returns domain.ErrBusy. One that failed may yet take effect: use another token then.
	Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error
	// Get must return that the ticket is gone for what is unknown, taken, over its time, or
	// another org's.
	Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error)
	// Take is Get and removal in one step: of parallel calls exactly one must win.
	Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error)
}

// ErrRefused is wrapped in the error of a Put that certainly had no effect, because the store
// answered with an error.
var ErrRefused = errors.New("refused")

// Challenges keeps unfinished sign-ins: domain.ErrChallengeGone, domain.ErrChallengeLost.
type Challenges = Tickets[domain.Challenge]

// StepUps keeps fresh proofs until they are used: domain.ErrStepUpGone, domain.ErrStepUpLost.
type StepUps = Tickets[domain.StepUp]

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
