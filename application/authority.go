package application

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Authorize reads again, inside the unit, what the caller may do, and keeps other units from
// changing who may do what until this one ends: of two administrators who demote each other
// at once, one is refused. Without the permission it is ErrPermissionDenied.
//
// A platform operator who acts for the org holds no role there that could have changed.
func Authorize(ctx context.Context, tx port.OrgTx, caller domain.Caller, permission domain.Permission) (domain.Caller, error) {
	org, err := tx.Org().Lock(ctx)
	if err != nil {
		return caller, err
	}
	caller.Org = org
	if caller.ActingFor() {
		return caller, nil
	}
	user, err := tx.Users().Get(ctx, caller.User.ID)
	if errors.Is(err, domain.ErrNotFound) {
		return caller, domain.ErrTokenRevoked
	}
	if err != nil {
		return caller, err
	}
	if !user.Active() {
		caller.User.Status = user.Status
		return caller, domain.ErrAccountSuspended.Because(caller.PermissionDecision(permission))
	}
	if caller.Roles, err = tx.Roles().Of(ctx, user.ID); err != nil {
		return caller, err
	}
	if !caller.Can(permission) {
		return caller, domain.ErrPermissionDenied.Because(caller.PermissionDecision(permission))
	}
	return caller, nil
}
