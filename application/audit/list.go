package audit

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ListNeeds is what List requires of its caller.
var ListNeeds = proof.Needs{Permission: domain.PermAuditRead}

// List returns a page of the org's events, newest first.
type List struct{ proof.Guard }

// ListInput says which events, after which one, and how many at most.
type ListInput struct {
	Filter domain.AuditFilter
	After  domain.AuditPlace // zero: from the newest on
	Limit  int
}

// Execute also reports whether there are more events. Reading the log is an event itself, which
// the page does not contain yet.
func (uc List) Execute(ctx context.Context, caller domain.Caller, in ListInput) (events []domain.AuditEvent, more bool, err error) {
	if err := in.Filter.Check(); err != nil {
		return nil, false, err
	}
	err = uc.ReadAndRecord(ctx, caller, ListNeeds, func(tx proof.Unit) (err error) {
		if events, err = tx.Audit().List(ctx, in.Filter, in.After, in.Limit+1); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventAuditRead, domain.OnAuditLog(), in.Filter.Details())
	})
	if more = len(events) > in.Limit; more {
		events = events[:in.Limit]
	}
	return events, more, err
}
