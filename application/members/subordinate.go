package members

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// subordinate loads an account of the caller's org that is not above the caller's own.
func subordinate(ctx context.Context, tx port.OrgTx, caller domain.Caller, id domain.UserID) (domain.User, error) {
	user, err := tx.Users().Get(ctx, id)
	if err != nil {
		return user, err
	}
	roles, err := tx.Roles().Of(ctx, id)
	if err == nil && !caller.Outranks(roles) {
		err = domain.ErrOutranked
	}
	return user, err
}

// event is what the caller has done to an account; details are names, each with its text.
func event(name domain.EventName, newID port.NewID, caller domain.Caller, id domain.UserID, now time.Time, detail ...string) domain.AuditEvent {
	e := domain.AuditEvent{
		ID: domain.EventID(newID()), At: now, Name: name, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
		ResourceType: "account", ResourceID: string(id), Origin: caller.Origin,
	}
	for i := 0; i+1 < len(detail); i += 2 {
		if e.Details == nil {
			e.Details = map[string]string{}
		}
		e.Details[detail[i]] = detail[i+1]
	}
	return e
}
