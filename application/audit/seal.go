package audit

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Seal seals the unsealed events of every org.
type Seal struct {
	Store   port.Store
	Signer  port.SealSigner
	NewSalt port.NewSalt
	Clock   port.Clock
	Sealed  func(ctx context.Context, org domain.OrgID, seal domain.SealRecord) // is called with each stored seal; may be nil
}

// orgPage is how many orgs one query returns.
const orgPage = 500

// Execute returns how many events it sealed. It may run in several processes at once: each seal is made
// by one of them. When one org fails it continues with the others.
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

// readSeals is how many seals are made from one read of events.
const readSeals = 20

// org makes seals until no event waits, or until another process is faster.
func (uc Seal) org(ctx context.Context, org domain.OrgID) (sealed int, err error) {
	for {
		newest, waiting, err := uc.read(ctx, org)
		if err != nil || len(waiting) == 0 {
			return sealed, err
		}
		more := len(waiting) > readSeals*domain.SealSize
		if more {
			waiting = waiting[:len(waiting)-1] // it only shows that there are more
		}
		for len(waiting) > 0 {
			newest, err = uc.one(ctx, org, newest, waiting, more)
			if errors.Is(err, domain.ErrStale) {
				return sealed, nil // another process made the seal, or an event was erased meanwhile
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

// one makes one seal: it signs outside of any unit of work, and stores the seal if nothing has changed since.
func (uc Seal) one(
	ctx context.Context, org domain.OrgID, newest domain.SealRecord, waiting []domain.WaitingEvent, more bool,
) (domain.SealRecord, error) {
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
