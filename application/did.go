package application

import (
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Did is the event of what the caller has done to a resource, without details.
func Did(name domain.EventName, newID port.NewID, caller domain.Caller, now time.Time, resource, id string) domain.AuditEvent {
	return domain.AuditEvent{
		ID: domain.EventID(newID()), At: now, Name: name, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
		ResourceType: resource, ResourceID: id, Origin: caller.Origin,
	}
}
