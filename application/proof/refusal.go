package proof

import "github.com/sole-platform/sole/domain"

// Refused returns the audit event of a request that was refused. The actor is the account it was
// about; its user is empty when no account is known. The event still needs its id and time.
func Refused(name domain.EventName, actor domain.Actor, reason string) domain.AuditEvent {
	return actor.Failed(name, domain.OnAccount(actor.User), domain.Details{"reason": reason})
}
