package members

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ResetPasswordNeeds is what ResetPassword requires of its caller.
var ResetPasswordNeeds = proof.Needs{Permission: domain.PermMemberPasswordReset, Action: domain.ActionMemberPasswordReset}

// ResetPassword gives another account a temporary password.
type ResetPassword struct {
	Accounts
	Hasher      port.PasswordHasher
	NewPassword port.NewTemporaryPassword
}

// Execute returns the temporary password, which is stored as a hash only. With it the owner of
// the account can do nothing but choose another one. Every session and remembered device of the
// account ends, and its owner is notified by email. For the caller's own account it returns
// ErrOwnAccount: that password is changed, not reset.
func (uc ResetPassword) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) (password domain.Secret, err error) {
	if err := refuseOwn(caller, id); err != nil {
		return password, err
	}
	err = uc.Allow(ctx, caller, ResetPasswordNeeds, func(access proof.Access) error {
		if err := access.Read(ctx, func(tx proof.Unit) error { // before the slow hash
			_, err := read(ctx, tx, id)
			return err
		}); err != nil {
			return err
		}
		password = uc.NewPassword()
		hash, err := uc.Hasher.Hash(ctx, password)
		if err != nil {
			return err
		}
		return access.Change(ctx, func(tx proof.Unit) error { return resetPassword(ctx, tx, id, hash) })
	})
	return password, err
}

func resetPassword(ctx context.Context, tx proof.Unit, id domain.UserID, hash domain.PasswordHash) error {
	user, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	user.SetPassword(hash, true, tx.Now)
	if err := tx.Users().Update(ctx, user.User); err != nil {
		return err
	}
	if _, err := tx.Sessions().EndAll(ctx, id, "", domain.EndPasswordReset, tx.Now); err != nil {
		return err
	}
	if _, err := tx.Devices().ForgetAll(ctx, id, domain.DevicePasswordReset, tx.Now); err != nil {
		return err
	}
	if err := proof.VoidUnfinished(ctx, tx, id); err != nil {
		return err
	}
	notice := domain.EmailMessage{Kind: domain.EmailPasswordChanged, To: user.Email, At: tx.Now, Origin: tx.Caller.Origin}
	if err := tx.Emails().Send(ctx, notice); err != nil {
		return err
	}
	return tx.Record(ctx, domain.EventPasswordReset, domain.OnAccount(id), nil)
}
