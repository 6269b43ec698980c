package account

import (
	"time"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// did is the event of something that the caller has done.
func did(name domain.EventName, newID port.NewID, caller domain.Caller, now time.Time, resource, id string) domain.AuditEvent {
	e := application.Did(name, newID, caller, now, resource, id)
	e.Details = map[string]string{}
	return e
}
