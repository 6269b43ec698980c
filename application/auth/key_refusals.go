package auth

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// KeyRefusals counts and records API keys that are refused.
type KeyRefusals struct {
	Store port.Store
	Wrong proof.WrongTokens
	NewID port.NewID
}

// unknown returns the error for a token that does not exist. Text that only looks like an API key, and a key that does not
// exist, count against the network of their sender.
func (k KeyRefusals) unknown(ctx context.Context, origin domain.Origin, token string, refusal error) error {
	if domain.IsAPIKey(token) && errors.Is(refusal, domain.ErrUnauthenticated) {
		return k.Wrong.Refuse(ctx, origin, proof.APIKey, domain.ErrUnknownKey)
	}
	return refusal
}

// refusalsRecorded is how often a refused key is audited, for each reason.
var refusalsRecorded = port.Rate{Max: 1, Per: time.Hour}

// record audits that a key was used where or when it must not be. Without the cache nothing is audited, because nothing would
// bound how much is written.
func (k KeyRefusals) record(ctx context.Context, caller domain.Caller, refusal error, now time.Time) error {
	var reason domain.KeyOutcome
	switch {
	case errors.Is(refusal, domain.ErrKeyExpired):
		reason = domain.KeyExpired
	case errors.Is(refusal, domain.ErrKeyNetwork):
		reason = domain.KeyNetworkRefused
	default:
		return nil
	}
	org, key := caller.Org.ID, caller.Key
	verdict, err := k.Wrong.Limiter.Take(ctx, "refused-key:"+string(org)+":"+string(key.ID)+":"+string(reason), refusalsRecorded)
	if err != nil || !verdict.Allowed {
		return nil //nolint:nilerr // see above
	}
	event := caller.Actor(org).Failed(domain.EventAPIKeyRefused, domain.OnAPIKey(key.ID), domain.Details{
		"reason": string(reason), "name": key.Name, "service_account": caller.User.FullName,
	})
	return k.Store.InOrg(ctx, org, func(tx port.OrgTx) error { return tx.Audit().Append(ctx, event.Stamp(k.NewID(), now)) })
}
