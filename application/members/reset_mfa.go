package members

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ResetMFA takes the second factor of another account away, for someone who has lost it.
type ResetMFA struct {
	Store port.Store
	Guard proof.Guard
	Clock port.Clock
	NewID port.NewID
}

// Execute ends every session of the account, forgets its devices, and leaves it to enrol
// anew. One's own second factor is disabled, not reset: ErrForbidden.
func (uc ResetMFA) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	if id == caller.User.ID {
		return domain.ErrOwnMFA.Because(caller.SelfDecision())
	}
	return uc.Guard.Do(ctx, caller, domain.ActionMemberMFAReset, func() error { return uc.reset(ctx, caller, id) })
}

func (uc ResetMFA) reset(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		user, err := subordinate(ctx, tx, caller, domain.PermMemberMFAReset, id)
		if err != nil {
			return err
		}
		if _, err := proof.RemoveMFA(ctx, tx, user.ID, "", domain.DeviceMFAReset, domain.EndMFAReset, now); err != nil {
			return err
		}
		if err := proof.TellMFAChanged(ctx, tx, user.User, "an administrator reset the second factor", caller.Origin, now); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventMFAReset, uc.NewID, caller, user.ID, now))
	})
}
