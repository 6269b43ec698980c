package auth

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// APIKeys identifies service accounts by their keys, and by the access tokens that were issued for them.
type APIKeys struct {
	Store    port.Store
	Tokens   port.APIKeyTokens
	Activity port.Activity
	Wrong    proof.WrongTokens
	Clock    port.Clock
	NewID    port.NewID
}

// caller returns the caller with the key. Text that is not a key and a key that does not exist count against the network of
// their sender.
func (a APIKeys) caller(ctx context.Context, visitor domain.Visitor, secret domain.Secret) (domain.Caller, error) {
	key, err := a.Tokens.Parse(secret)
	if err != nil {
		return domain.Caller{}, a.Wrong.Refuse(ctx, visitor.Origin, proof.APIKey, domain.ErrUnknownKey)
	}
	if !visitor.Admits(key.Org) {
		return domain.Caller{}, domain.ErrOrgMismatch
	}
	principal, err := a.Store.KeyPrincipal(ctx, key.Org, port.KeyRef{Hash: key.Hash})
	if errors.Is(err, domain.ErrUnauthenticated) {
		return domain.Caller{}, a.Wrong.Refuse(ctx, visitor.Origin, proof.APIKey, domain.ErrUnknownKey)
	}
	if err != nil {
		return domain.Caller{}, err
	}
	return a.admit(ctx, visitor, principal)
}

// callerOf returns the caller with an access token that was issued for a key.
func (a APIKeys) callerOf(ctx context.Context, visitor domain.Visitor, claims port.AccessClaims) (domain.Caller, error) {
	principal, err := a.Store.KeyPrincipal(ctx, claims.Org, port.KeyRef{ID: claims.Key, Token: claims.ID})
	if err != nil {
		return domain.Caller{}, err
	}
	if principal.User.ID != claims.Subject {
		return domain.Caller{}, domain.ErrUnauthenticated
	}
	caller, err := a.admit(ctx, visitor, principal)
	return caller.Within(append([]domain.Permission{}, claims.Scope...)), err // a token without a scope permits nothing
}

// admit returns the caller if the key may be used now, from where the request came.
func (a APIKeys) admit(ctx context.Context, visitor domain.Visitor, principal domain.Principal) (domain.Caller, error) {
	caller, now := domain.Caller{Origin: visitor.Origin, Principal: principal}, a.Clock()
	facts := principal.KeyFacts(visitor.Address)
	outcome := domain.DecideKey(domain.Policy{}, facts, now).Outcome
	if refusal := outcome.Refusal(); refusal != nil {
		return domain.Caller{}, cmp.Or[error](a.record(ctx, caller, outcome, now), refusal.Because(domain.KeyDecision(principal, facts, now)))
	}
	if principal.Key.TouchDue(now) {
		a.Activity.KeyUsed(principal.Org.ID, principal.Key.ID, now)
	}
	return caller, nil
}

// refusalsRecorded is how often a refused key is audited, for each reason.
var refusalsRecorded = port.Rate{Max: 1, Per: time.Hour}

// record audits that a key was used where or when it must not be. Without the cache nothing is audited, because nothing would
// bound how much is written.
func (a APIKeys) record(ctx context.Context, caller domain.Caller, outcome domain.KeyOutcome, now time.Time) error {
	if outcome != domain.KeyExpired && outcome != domain.KeyNetworkRefused {
		return nil
	}
	org, key := caller.Org.ID, caller.Key
	verdict, err := a.Wrong.Limiter.Take(ctx, "refused-key:"+string(org)+":"+string(key.ID)+":"+string(outcome), refusalsRecorded)
	if err != nil || !verdict.Allowed {
		return nil //nolint:nilerr // see above
	}
	event := caller.Actor(org).Failed(domain.EventAPIKeyRefused, domain.OnAPIKey(key.ID), domain.Details{
		"reason": string(outcome), "name": key.Name, "service_account": caller.User.FullName,
	})
	return a.Store.InOrg(ctx, org, func(tx port.OrgTx) error { return tx.Audit().Append(ctx, event.Stamp(a.NewID(), now)) })
}
