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

// readSeals is how many seals are made of events that were read at once.
const readSeals = 20

// org makes seal after seal until no event waits, or somebody else is faster.
func (uc Seal) org(ctx context.Context, org domain.OrgID) (sealed int, err error) {
	for {
		newest, waiting, err := uc.read(ctx, org)
		if err != nil || len(waiting) == 0 {
			return sealed, err
		}
		more := len(waiting) > readSeals*domain.SealSize
		if more {
			waiting = waiting[:len(waiting)-1] // it only tells that there are more
		}
		for len(waiting) > 0 {
			newest, err = uc.one(ctx, org, newest, waiting, more)
			if errors.Is(err, domain.ErrStale) {
				return sealed, nil // another sealer is at work, or an event was erased just now
			}
			if err != nil {
				return sealed, err
			}
			sealed, waiting = sealed+newest.Events, waiting[newest.Events:]
		}
		if !more {
			return sealed, nil
		}
	}
}

func (uc Seal) read(ctx context.Context, org domain.OrgID) (newest domain.SealRecord, waiting []domain.WaitingEvent, err error) {
	err = uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
		if newest, err = tx.AuditSeals().Newest(ctx); err != nil {
			return err
		}
		waiting, err = tx.AuditSeals().Waiting(ctx, readSeals*domain.SealSize+1)
		return err
	})
	return newest, waiting, err
}

// one makes one seal: it signs outside of any unit, and stores if all is as it was read.
func (uc Seal) one(ctx context.Context, org domain.OrgID, newest domain.SealRecord, waiting []domain.WaitingEvent, more bool) (domain.SealRecord, error) {
	salts := make([][]byte, min(len(waiting), domain.SealSize))
	for i := range salts {
		salts[i] = uc.NewSalt()
	}
	seal, events := domain.NewSeal(org, newest, waiting, salts, uc.Clock())
	seal.More = seal.More || more
	token, err := uc.Signer.Sign(seal)
	if err != nil {
		return newest, err
	}
	record := seal.Record(token)
	err = uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		return tx.AuditSeals().Put(ctx, record, waiting[:len(events)], events)
	})
	if err == nil && uc.Sealed != nil {
		uc.Sealed(ctx, org, record)
	}
	return record, err
}
