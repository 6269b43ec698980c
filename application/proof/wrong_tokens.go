package proof

import (
	"cmp"
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// TokenKind is a kind of bearer token whose failures are counted separately.
type TokenKind string

// The kinds of tokens that a client presents as a secret.
const (
	ChallengeToken TokenKind = "challenge"
	LinkToken      TokenKind = "link"
	RefreshToken   TokenKind = "refresh"
	StepUpToken    TokenKind = "step_up"
	APIKey         TokenKind = "api_key"
)

// WrongTokens counts the unknown tokens that a network presents. Each kind has its own counter,
// separate from wrong passwords and codes, so that random tokens do not keep others behind the
// same address from signing in. A valid token is accepted whatever the count: nobody guesses
// 256 random bits, so refusing it would only harm its owner.
type WrongTokens struct {
	Limiter    port.Limiter
	PerNetwork port.Rate
}

// Refuse counts an unknown token and returns refusal, or ErrRateLimited once the network is
// over its limit. Call it before anything is written. Without the cache nothing is limited.
func (w WrongTokens) Refuse(ctx context.Context, origin domain.Origin, kind TokenKind, refusal error) error {
	return cmp.Or(TakeFrom(ctx, w.Limiter, "tokens:"+string(kind)+":"+origin.Network(), w.PerNetwork), refusal)
}

// WrongToken is an unknown token, the error for its sender and the audit event of the refusal.
type WrongToken struct {
	Kind    TokenKind
	Refusal error
	Event   domain.AuditEvent
}

// RefuseAndRecord is Refuse, and then appends the event to the audit log of the org, unless the
// network is over its limit or the org does not exist.
func (w WrongTokens) RefuseAndRecord(ctx context.Context, store port.Store, org domain.OrgID, token WrongToken) error {
	refusal := w.Refuse(ctx, token.Event.Origin, token.Kind, token.Refusal)
	if errors.Is(refusal, domain.ErrRateLimited) {
		return refusal
	}
	err := store.InOrg(ctx, org, func(tx port.OrgTx) error { return tx.Audit().Append(ctx, token.Event) })
	if errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrOrgNotFound) {
		return refusal
	}
	return cmp.Or(err, refusal)
}

// TakeFrom counts one use of key and returns ErrRateLimited once key is over the rate. When the
// limiter fails nothing is limited.
func TakeFrom(ctx context.Context, limiter port.Limiter, key string, rate port.Rate) error {
	verdict, err := limiter.Take(ctx, key, rate)
	if err != nil || verdict.Allowed {
		return nil //nolint:nilerr // see above
	}
	return domain.ErrRateLimited.RetryIn(verdict.Reset)
}
