package port

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/domain"
)

// OneTimeValue is a value that is stored under a one-time token.
type OneTimeValue interface {
	domain.Challenge | domain.StepUp | domain.Ceremony | domain.FirstRun
}

// OneTimeTokens stores values of an org for a limited time, each under the hash of a token that can be used once. If the
// storage is unreachable every method must return domain.ErrUnavailable, or the error for a lost token if the token may
// have been stored only there.
type OneTimeTokens[V OneTimeValue] interface {
	// Put stores a value for ttl; a ttl of zero or less stores nothing. An adapter that is full returns domain.ErrBusy. A
	// Put that returned an error may still take effect: the caller uses another token then.
	Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error
	// Get returns the value. It must return the error for a token that is gone if the token is unknown, used, expired or
	// of another org.
	Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error)
	// Take does what Get does and removes the value in one step: of parallel calls exactly one must succeed.
	Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error)
}

// ErrRefused is wrapped in the error of a Put that had no effect for certain, because the storage answered with an error.
var ErrRefused = errors.New("refused")

// Challenges stores unfinished sign-ins. Its errors are domain.ErrChallengeGone and domain.ErrChallengeLost.
type Challenges = OneTimeTokens[domain.Challenge]

// Ceremonies stores requests to use a passkey, each under the hash of its WebAuthn challenge. Its errors are
// domain.ErrCeremonyGone and domain.ErrCeremonyLost.
type Ceremonies = OneTimeTokens[domain.Ceremony]

// FirstRuns stores offers to become the first owner. Its errors are domain.ErrFirstRunGone, and domain.ErrUnavailable.
type FirstRuns = OneTimeTokens[domain.FirstRun]

// StepUps stores step-ups until they are used. Its errors are domain.ErrStepUpGone and domain.ErrStepUpLost.
type StepUps = OneTimeTokens[domain.StepUp]
