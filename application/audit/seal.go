package audit

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Seal seals the events of every org that wait for it.
type Seal struct {
	Store   port.Store
	Signer  port.SealSigner
	NewSalt port.NewSalt
	Clock   port.Clock
	Sealed  func(ctx context.Context, org domain.OrgID, seal domain.SealRecord) // of each seal that is kept; nil tells nobody
}

// orgPage is how many orgs are looked up at once.
const orgPage = 500

// Execute says how many events were sealed. Several may be at it at once: each seal is made
// by one of them. An org that fails keeps none of the others waiting.
func (uc Seal) Execute(ctx context.Context) (sealed int, err error) {
	for after := domain.OrgID(""); ; {
		orgs, err2 := uc.Store.Platform().Unsealed(ctx, after, orgPage)
		if err2 != nil || len(orgs) == 0 {
			return sealed, errors.Join(err, err2)
		}
		for _, org := range orgs {
			n, failure := uc.org(ctx, org)
			if sealed += n; failure != nil {
				err = errors.Join(err, failure)
			}
			if ctx.Err() != nil {
				return sealed, ctx.Err()
			}
		}
		after = orgs[len(orgs)-1]
	}
}

// org makes seal after seal until no event waits, or somebody else is faster.
func (uc Seal) org(ctx context.Context, org domain.OrgID) (sealed int, err error) {
	for {
		n, more, err := uc.one(ctx, org)
		sealed += n
		if errors.Is(err, domain.ErrStale) {
			return sealed, nil // another sealer is at work, or an event was erased just now
		}
		if err != nil || !more {
			return sealed, err
		}
	}
}

// one makes one seal: it reads, signs outside of any unit, and stores if all is as it was.
func (uc Seal) one(ctx context.Context, org domain.OrgID) (sealed int, more bool, err error) {
	var newest domain.SealRecord
	var waiting []domain.WaitingEvent
	err = uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
		if newest, err = tx.AuditSeals().Newest(ctx); err != nil {
			return err
		}
		waiting, err = tx.AuditSeals().Waiting(ctx, domain.SealSize+1)
		return err
	})
	if err != nil || len(waiting) == 0 {
		return 0, false, err
	}
	salts := make([][]byte, len(waiting))
	for i := range salts {
		salts[i] = uc.NewSalt()
	}
	seal, events := domain.NewSeal(org, newest, waiting, salts, uc.Clock())
	token, err := uc.Signer.Sign(seal)
	if err != nil {
		return 0, false, err
	}
	record := seal.Record(token)
	err = uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		return tx.AuditSeals().Put(ctx, record, waiting[:len(events)], events)
	})
	if err != nil {
		return 0, false, err
	}
	if uc.Sealed != nil {
		uc.Sealed(ctx, org, record)
	}
	return len(events), seal.More, nil
}
