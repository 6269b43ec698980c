package members

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Remove takes another account out of the org, for good.
type Remove struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute removes all that the account has: sessions, devices, authenticator, codes and
// links. The audit log goes on naming it by its id. The last active owner stays.
func (uc Remove) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	if id == caller.User.ID {
		return domain.ErrOwnAccount.Because(caller.SelfDecision())
	}
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		user, err := subordinate(ctx, tx, caller, domain.PermMemberRemove, id)
		if err != nil {
			return err
		}
		if err := user.keepAnOwner(ctx, tx); err != nil {
			return err
		}
		if err := tx.Users().Remove(ctx, id); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventAccountRemoved, uc.NewID, caller, id, now, "roles", domain.RoleNames(user.roles)))
	})
}
