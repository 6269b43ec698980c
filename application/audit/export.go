package audit

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Export hands out all of the org's events that a filter takes, newest first, a page at
// a time.
type Export struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// pageSize is how many events an export holds in memory.
const pageSize = 500

// Pages gives the next page of an export; an empty one ends it.
type Pages func(ctx context.Context) ([]domain.AuditEvent, error)

// Execute notes the export and its format, and looks for the first page; Pages looks for the
// others, each in a unit of its own, so that someone who reads slowly holds no connection to
// the database. As events are only ever added, and before the first one read, the pages
// together are what one snapshot would show.
func (uc Export) Execute(ctx context.Context, caller domain.Caller, filter domain.AuditFilter, format string) (Pages, error) {
	if err := filter.Check(); err != nil {
		return nil, err
	}
	looked := look(domain.EventAuditExported, uc.NewID, uc.Clock(), caller, filter)
	looked.Details["format"] = format
	var page []domain.AuditEvent
	err := uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
		if page, err = tx.Audit().List(ctx, filter, domain.AuditPlace{}, pageSize); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, looked)
	})
	return uc.pages(caller.Org.ID, filter, page), err
}

// pages gives first, and then page after page until one is short.
func (uc Export) pages(org domain.OrgID, filter domain.AuditFilter, first []domain.AuditEvent) Pages {
	page, given := first, false
	return func(ctx context.Context) ([]domain.AuditEvent, error) {
		if !given {
			given = true
			return page, nil
		}
		if len(page) < pageSize {
			return nil, nil
		}
		after := page[len(page)-1].Place()
		err := uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
			page, err = tx.Audit().List(ctx, filter, after, pageSize)
			return err
		})
		return page, err
	}
}
