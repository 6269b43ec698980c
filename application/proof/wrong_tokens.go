package proof

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// TokenKind is a kind of bearer token whose failures are counted apart.
type TokenKind string

// The kinds of tokens that a client presents as a secret.
const (
	ChallengeToken TokenKind = "challenge"
	LinkToken      TokenKind = "link"
	RefreshToken   TokenKind = "refresh"
	StepUpToken    TokenKind = "step_up"
)

// WrongTokens counts the unknown tokens that a network presents. Each kind has its own count,
// apart from wrong passwords and codes, so random tokens do not keep others behind the same
// address from signing in. A right token is accepted whatever the count: nobody guesses 256
// random bits, so refusing it would only harm its owner.
type WrongTokens struct {
	Limiter    port.Limiter
	PerNetwork port.Rate
}

// Refuse counts an unknown token and returns refusal, or ErrRateLimited once the network is
// over its limit. Call it before anything is written. Without the cache nothing is limited.
func (w WrongTokens) Refuse(ctx context.Context, origin domain.Origin, kind TokenKind, refusal error) error {
	verdict, err := w.Limiter.Take(ctx, "tokens:"+string(kind)+":"+origin.Network(), w.PerNetwork)
	if err == nil && !verdict.Allowed {
		return domain.ErrRateLimited.RetryIn(verdict.Reset)
	}
	return refusal
}
