package audit

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Export hands out all of the org's events that a filter takes, newest first, a page at
// a time.
type Export struct {
	Store port.Store
	Guard proof.Guard
	Clock port.Clock
	NewID port.NewID
}

// pageSize is how many events an export holds in memory.
const pageSize = 500

// Pages gives the next page of an export; an empty one ends it. An event
// without a seal number is not sealed yet.
type Pages func(ctx context.Context) ([]domain.SealedEvent, error)

// Execute notes the export and its format, and looks for the first page; Pages looks for the
// others, each in a unit of its own, so that someone who reads slowly holds no connection to
// the database. As events are only ever added, and before the first one read, the pages
// together are what one snapshot would show.
func (uc Export) Execute(ctx context.Context, caller domain.Caller, filter domain.AuditFilter, format string) (pages Pages, err error) {
	if err := filter.Check(); err != nil {
		return nil, err
	}
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionDataExport, func() (Pages, error) {
		return uc.export(ctx, caller, filter, format)
	})
}

func (uc Export) export(ctx context.Context, caller domain.Caller, filter domain.AuditFilter, format string) (Pages, error) {
	looked := look(domain.EventAuditExported, uc.NewID, uc.Clock(), caller, filter)
	looked.Details["format"] = format
	var page []domain.SealedEvent
	err := uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
		if page, err = read(ctx, tx, filter, domain.AuditPlace{}); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, looked)
	})
	return uc.pages(caller.Org.ID, filter, page), err
}

// pages gives first, and then page after page until one is short.
func (uc Export) pages(org domain.OrgID, filter domain.AuditFilter, first []domain.SealedEvent) Pages {
	page, given := first, false
	return func(ctx context.Context) ([]domain.SealedEvent, error) {
		if !given {
			given = true
			return page, nil
		}
		if len(page) < pageSize {
			return nil, nil
		}
		after := page[len(page)-1].Event.Place()
		err := uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
			page, err = read(ctx, tx, filter, after)
			return err
		})
		return page, err
	}
}

// read finds a page of events with the proofs of those that are sealed.
func read(ctx context.Context, tx port.OrgTx, filter domain.AuditFilter, after domain.AuditPlace) ([]domain.SealedEvent, error) {
	events, err := tx.Audit().List(ctx, filter, after, pageSize)
	if err != nil {
		return nil, err
	}
	ids := make([]domain.EventID, len(events))
	for i, event := range events {
		ids[i] = event.ID
	}
	proofs, err := tx.AuditSeals().Proofs(ctx, ids)
	page := make([]domain.SealedEvent, len(events))
	for i, event := range events {
		page[i] = proofs[event.ID]
		page[i].Event = event
	}
	return page, err
}
