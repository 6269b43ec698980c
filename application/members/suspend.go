package members

import (
	"context"
	"strconv"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Suspend shuts another account out, effective at once.
type Suspend struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute ends every session of the account, forgets its devices and voids its links. A sign-in
// that has begun cannot be completed, not even when the account is active again. The last owner
// who can sign in is not suspended: of parallel calls that would leave none, one is refused.
// Suspending a suspended account changes nothing.
func (uc Suspend) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	if id == caller.User.ID {
		return domain.ErrOwnAccount.Because(caller.SelfDecision())
	}
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		user, err := subordinate(ctx, tx, caller, domain.PermMemberSuspend, id)
		if err != nil || !user.Active() {
			return err
		}
		if err := user.keepAnOwner(ctx, tx, now); err != nil {
			return err
		}
		user.Suspend(now)
		if err := tx.Users().Update(ctx, user.User); err != nil {
			return err
		}
		if _, err := tx.Devices().ForgetAll(ctx, id, domain.DeviceAccountSuspended, now); err != nil {
			return err
		}
		if err := proof.VoidUnfinished(ctx, tx, id); err != nil {
			return err
		}
		ended, err := tx.Sessions().EndAll(ctx, id, "", domain.EndSuspended, now)
		if err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventAccountSuspended, uc.NewID, caller, id, now, "status", domain.Difference(string(domain.StatusActive), string(domain.StatusSuspended)), "ended", strconv.Itoa(ended)))
	})
}

// Activate lets a suspended account in again.
type Activate struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute changes nothing for an account that is active.
func (uc Activate) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		user, err := subordinate(ctx, tx, caller, domain.PermMemberSuspend, id)
		if err != nil || user.Active() {
			return err
		}
		user.Activate(now)
		if err := tx.Users().Update(ctx, user.User); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventAccountActivated, uc.NewID, caller, id, now, "status", domain.Difference(string(domain.StatusSuspended), string(domain.StatusActive))))
	})
}

// SignOut ends every session of another account.
type SignOut struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute succeeds also when there is none to end.
func (uc SignOut) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		if _, err := subordinate(ctx, tx, caller, domain.PermMemberSuspend, id); err != nil {
			return err
		}
		ended, err := tx.Sessions().EndAll(ctx, id, "", domain.EndSignedOutByAdmin, now)
		if err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventSessionsEnded, uc.NewID, caller, id, now, "ended", strconv.Itoa(ended)))
	})
}
