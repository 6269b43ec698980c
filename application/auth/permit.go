package auth

import "github.com/sole-platform/sole/domain"

// Permit stands before every route that a permission is needed for.
type Permit struct{}

// Execute refuses who does not hold the permission, and can say why. It looks nothing up:
// the caller is as of this instant.
func (Permit) Execute(caller domain.Caller, permission domain.Permission) error {
	facts := caller.PermissionFacts(permission)
	if domain.DecidePermission(domain.Policy{}, facts).Outcome == domain.Granted {
		return nil
	}
	return domain.ErrPermissionDenied.Because(domain.AccountDecision(caller.Principal, &facts))
}
