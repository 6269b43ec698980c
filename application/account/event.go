package account

import (
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// did is the event of something that the caller has done.
func did(name domain.EventName, newID port.NewID, caller domain.Caller, now time.Time, resource, id string) domain.AuditEvent {
	return domain.AuditEvent{
		ID: domain.EventID(newID()), At: now, Name: name, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
		ResourceType: resource, ResourceID: id, Origin: caller.Origin, Details: map[string]string{},
	}
}
