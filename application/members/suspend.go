package members

import (
	"context"
	"strconv"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// SuspendNeeds is what Suspend requires of its caller.
var SuspendNeeds = proof.Needs{Permission: domain.PermMemberSuspend}

// Suspend keeps another account from signing in, effective at once.
type Suspend struct{ Accounts }

// Execute ends every session of the account, forgets its devices and voids its links. A sign-in
// that has begun cannot be completed, not even when the account is active again. The last owner
// who can sign in is not suspended: of parallel calls that would leave none, one is refused.
// Suspending a suspended account changes nothing.
func (uc Suspend) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	return uc.changeOther(ctx, caller, SuspendNeeds, id, func(tx proof.Unit, user account) error {
		if !user.Active() {
			return nil
		}
		if err := user.keepAnOwner(ctx, tx); err != nil {
			return err
		}
		user.Suspend(tx.Now)
		if err := tx.Users().Update(ctx, user.User); err != nil {
			return err
		}
		if _, err := tx.Devices().ForgetAll(ctx, id, domain.DeviceAccountSuspended, tx.Now); err != nil {
			return err
		}
		if err := proof.VoidUnfinished(ctx, tx, id); err != nil {
			return err
		}
		ended, err := tx.Sessions().EndAll(ctx, id, "", domain.EndSuspended, tx.Now)
		if err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventAccountSuspended, domain.OnAccount(id), domain.Details{
			"status": domain.Difference(string(domain.StatusActive), string(domain.StatusSuspended)), "ended": strconv.Itoa(ended),
		})
	})
}

// ActivateNeeds is what Activate requires of its caller.
var ActivateNeeds = proof.Needs{Permission: domain.PermMemberSuspend}

// Activate lets a suspended account sign in again.
type Activate struct{ Accounts }

// Execute changes nothing for an account that is active.
func (uc Activate) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	return uc.change(ctx, caller, ActivateNeeds, id, func(tx proof.Unit, user account) error {
		if user.Active() {
			return nil
		}
		user.Activate(tx.Now)
		if err := tx.Users().Update(ctx, user.User); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventAccountActivated, domain.OnAccount(id), domain.Details{
			"status": domain.Difference(string(domain.StatusSuspended), string(domain.StatusActive)),
		})
	})
}

// SignOutNeeds is what SignOut requires of its caller.
var SignOutNeeds = proof.Needs{Permission: domain.PermMemberSuspend}

// SignOut ends every session of an account.
type SignOut struct{ Accounts }

// Execute also succeeds when the account has no session.
func (uc SignOut) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	return uc.change(ctx, caller, SignOutNeeds, id, func(tx proof.Unit, _ account) error {
		ended, err := tx.Sessions().EndAll(ctx, id, "", domain.EndSignedOutByAdmin, tx.Now)
		if err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventSessionsEnded, domain.OnAccount(id), domain.Details{"ended": strconv.Itoa(ended)})
	})
}
