package proof

import (
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Refusal is the event of something that was not let through.
func Refusal(name domain.EventName, newID port.NewID, now time.Time, origin domain.Origin, user domain.UserID, reason string) domain.AuditEvent {
	return domain.AuditEvent{
		ID: domain.EventID(newID()), At: now, Name: name, Outcome: domain.OutcomeFailure, Actor: user,
		ResourceType: "account", ResourceID: string(user), Origin: origin, Details: map[string]string{"reason": reason},
	}
}
