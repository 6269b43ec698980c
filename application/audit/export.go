package audit

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ExportNeeds is what Export requires of its caller.
var ExportNeeds = proof.Needs{Permission: domain.PermAuditRead, Action: domain.ActionDataExport}

// Export returns all of the org's events that a filter matches, newest first, a page at a time.
type Export struct{ proof.Guard }

// pageSize is how many events an export holds in memory.
const pageSize = 500

// Pages returns the next page of an export; an empty page ends it. An event without a seal number
// is not sealed yet.
type Pages func(ctx context.Context) ([]domain.SealedEvent, error)

// Execute records the export with its format and reads the first page. Pages reads the others, each
// in a unit of its own, so that a slow reader holds no connection to the database. The pages together
// are what one snapshot would show, because events are only ever added, before the first one read.
func (uc Export) Execute(ctx context.Context, caller domain.Caller, filter domain.AuditFilter, format string) (Pages, error) {
	if err := filter.Check(); err != nil {
		return nil, err
	}
	var first []domain.SealedEvent
	err := uc.ReadAndRecord(ctx, caller, ExportNeeds, func(tx proof.Unit) (err error) {
		if first, err = readPage(ctx, tx, filter, domain.AuditPlace{}); err != nil {
			return err
		}
		details := filter.Details()
		details["format"] = format
		return tx.Record(ctx, domain.EventAuditExported, domain.OnAuditLog(), details)
	})
	return uc.pages(caller, filter, first), err
}

// pages returns first, and then page after page until one is short.
func (uc Export) pages(caller domain.Caller, filter domain.AuditFilter, first []domain.SealedEvent) Pages {
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
		err := uc.Read(ctx, caller, ExportNeeds.WithoutStepUp(), func(tx proof.Unit) (err error) {
			page, err = readPage(ctx, tx, filter, after)
			return err
		})
		return page, err
	}
}

// readPage returns a page of events with the proofs of the sealed ones.
func readPage(ctx context.Context, tx port.OrgTx, filter domain.AuditFilter, after domain.AuditPlace) ([]domain.SealedEvent, error) {
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
