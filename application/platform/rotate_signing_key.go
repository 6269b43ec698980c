package platform

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// RotateSigningKey makes a new key that signs access tokens.
type RotateSigningKey struct {
	Store port.Store
	Maker port.KeyMaker
	Box   port.SecretBox
	Clock port.Clock
	NewID port.NewID
	Org   domain.OrgID // whose audit log tells of it: the operators' own
}

// Execute publishes the key at once and lets it sign after lead, by when every replica and
// every verifier has had time to learn of it. The old key goes on verifying.
func (uc RotateSigningKey) Execute(ctx context.Context, bits int, lead time.Duration) (domain.SigningKey, error) {
	id, public, private, err := uc.Maker.New(bits)
	if err != nil {
		return domain.SigningKey{}, err
	}
	sealed, err := uc.Box.Seal(private, port.SigningKeyPlace(id))
	if err != nil {
		return domain.SigningKey{}, err
	}
	now := uc.Clock()
	key := domain.SigningKey{ID: id, Source: domain.KeyStored, PublicPEM: public, Private: sealed, CreatedAt: now, SignsFrom: now.Add(lead)}
	err = uc.Store.Platform().Keys(ctx, uc.Org, func(keys port.SigningKeys, tx port.OrgTx) error {
		if _, err := keys.Insert(ctx, key); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, keyEvent(domain.EventKeyRotated, uc.NewID, id, now))
	})
	return key, err
}

// RetireSigningKey ends a key that only verifies: its tokens are refused from then on.
type RetireSigningKey struct {
	Store    port.Store
	Clock    port.Clock
	NewID    port.NewID
	Org      domain.OrgID
	Lifetime time.Duration // of access tokens
}

// Execute refuses what domain.SigningKeys.MayRetire refuses.
func (uc RetireSigningKey) Execute(ctx context.Context, id domain.KeyID, forced bool) error {
	return uc.Store.Platform().Keys(ctx, uc.Org, func(keys port.SigningKeys, tx port.OrgTx) error {
		all, err := keys.List(ctx)
		if err != nil {
			return err
		}
		now := uc.Clock()
		if err := all.MayRetire(id, uc.Lifetime, forced, now); err != nil {
			return err
		}
		if err := keys.Retire(ctx, id, now); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, keyEvent(domain.EventKeyRetired, uc.NewID, id, now))
	})
}

func keyEvent(name domain.EventName, newID port.NewID, id domain.KeyID, now time.Time) domain.AuditEvent {
	return domain.AuditEvent{
		ID: domain.EventID(newID()), At: now, Name: name, Outcome: domain.OutcomeSuccess,
		ResourceType: "signing_key", ResourceID: string(id), Details: map[string]string{"by": "command line"},
	}
}
