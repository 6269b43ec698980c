package members

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ResetMFANeeds is what ResetMFA requires of its caller.
var ResetMFANeeds = proof.Needs{Permission: domain.PermMemberMFAReset, Action: domain.ActionMemberMFAReset}

// ResetMFA removes the second factors of another account whose owner has lost them.
type ResetMFA struct{ Accounts }

// Execute ends every session of the account and forgets its devices. The account can enroll
// again. For the caller's own account it returns ErrOwnMFA: that one is disabled, not reset.
func (uc ResetMFA) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	if id == caller.User.ID {
		return domain.ErrOwnMFA.Because(caller.SelfDecision())
	}
	return uc.change(ctx, caller, ResetMFANeeds, id, func(tx proof.Unit, user account) error {
		removal := proof.MFARemoval{User: id, Device: domain.DeviceMFAReset, Session: domain.EndMFAReset, At: tx.Now}
		if err := proof.RemoveMFA(ctx, tx, removal); err != nil {
			return err
		}
		change := proof.MFAChange{
			User: user.User, Change: "an administrator removed all second factors and passkeys", Origin: caller.Origin, At: tx.Now,
		}
		if err := change.Notify(ctx, tx); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventMFAReset, domain.OnAccount(id), nil)
	})
}
