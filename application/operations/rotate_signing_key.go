package operations

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// RotateSigningKey makes a new key that signs access tokens.
type RotateSigningKey struct {
	Load       LoadSigningKeys
	Configured domain.SigningKey // stored first, as the older key, unless a service has stored it; the new key is for its algorithm
	Store      port.Store
	Maker      port.KeyMaker
	Box        port.SecretBox
	Clock      port.Clock
	NewID      port.NewID
	Org        domain.OrgID // the org of the operators, whose audit log records it
}

// Execute publishes the key at once. It signs after lead, which is the time for every replica and every verifier to fetch
// it. The old key still verifies. Bits is the size of an RSA key. Zero means the size of the latest key, so that a rotation does not
// weaken a deployment with larger keys.
func (uc RotateSigningKey) Execute(ctx context.Context, bits int, lead time.Duration) (domain.SigningKey, error) {
	loaded, err := uc.Load.Execute(ctx, uc.Configured)
	if err != nil {
		return domain.SigningKey{}, err
	}
	if bits == 0 {
		if bits, err = uc.Maker.Bits(uc.latest(loaded).PublicPEM); err != nil {
			return domain.SigningKey{}, err
		}
	}
	made, err := uc.Maker.New(uc.Configured.Algorithm, bits)
	if err != nil {
		return domain.SigningKey{}, err
	}
	sealed, err := uc.Box.Seal(made.PrivatePEM, port.SigningKeyPlace(made.ID))
	if err != nil {
		return domain.SigningKey{}, err
	}
	now := uc.Clock()
	key := domain.SigningKey{
		ID: made.ID, Source: domain.KeyStored, Algorithm: uc.Configured.Algorithm, PublicPEM: made.PublicPEM, Private: sealed,
		CreatedAt: now, SignsFrom: now.Add(lead),
	}
	err = uc.Store.Platform().Keys(ctx, uc.Org, func(keys port.SigningKeys, tx port.OrgTx) error {
		if _, err := keys.Insert(ctx, key); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, keyEvent(domain.EventKeyRotated, uc.NewID, made.ID, now))
	})
	return key, err
}

// latest returns the key of the configured algorithm that will sign after all others, or the configured key if none is in use.
func (uc RotateSigningKey) latest(loaded []LoadedKey) domain.SigningKey {
	latest := uc.Configured
	for _, key := range loaded {
		if key.Algorithm == uc.Configured.Algorithm && !key.SignsFrom.Before(latest.SignsFrom) {
			latest = key.SigningKey
		}
	}
	return latest
}

// RetireSigningKey ends a key that only verifies: its tokens are refused afterwards.
type RetireSigningKey struct {
	Store     port.Store
	Clock     port.Clock
	NewID     port.NewID
	Org       domain.OrgID
	Algorithm domain.SigningAlgorithm // with which this configuration signs
	Lifetime  time.Duration           // of access tokens
}

// Execute refuses what domain.SigningKeys.MayRetire refuses.
func (uc RetireSigningKey) Execute(ctx context.Context, id domain.KeyID, forced bool) error {
	return uc.Store.Platform().Keys(ctx, uc.Org, func(keys port.SigningKeys, tx port.OrgTx) error {
		all, err := keys.List(ctx)
		if err != nil {
			return err
		}
		now := uc.Clock()
		if err := all.MayRetire(id, domain.Retirement{Algorithm: uc.Algorithm, Lifetime: uc.Lifetime, Forced: forced}, now); err != nil {
			return err
		}
		if err := keys.Retire(ctx, id, now); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, keyEvent(domain.EventKeyRetired, uc.NewID, id, now))
	})
}

func keyEvent(name domain.EventName, newID port.NewID, id domain.KeyID, now time.Time) domain.AuditEvent {
	return domain.Actor{}.Did(name, domain.OnSigningKey(id), domain.Details{"by": "command line"}).Stamp(newID(), now)
}
