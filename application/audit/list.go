package audit

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// List shows a stretch of the org's events, newest first.
type List struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// ListInput says which events, after which one, and how many at most.
type ListInput struct {
	Filter domain.AuditFilter
	After  domain.AuditPlace // zero: from the newest on
	Limit  int
}

// Execute also tells whether there are more. To look is an event itself, which the
// answer does not hold yet.
func (uc List) Execute(ctx context.Context, caller domain.Caller, in ListInput) (events []domain.AuditEvent, more bool, err error) {
	if err := in.Filter.Check(); err != nil {
		return nil, false, err
	}
	looked := look(domain.EventAuditRead, uc.NewID, uc.Clock(), caller, in.Filter)
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
		if events, err = tx.Audit().List(ctx, in.Filter, in.After, in.Limit+1); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, looked)
	})
	if more = len(events) > in.Limit; more {
		events = events[:in.Limit]
	}
	return events, more, err
}

// look is the event of someone who looks at events.
func look(name domain.EventName, newID port.NewID, now time.Time, caller domain.Caller, filter domain.AuditFilter) domain.AuditEvent {
	return domain.AuditEvent{
		ID: domain.EventID(newID()), At: now, Name: name, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
		ResourceType: "audit_events", Origin: caller.Origin, Details: filter.Details(),
	}
}
