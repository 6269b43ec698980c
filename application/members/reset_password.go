package members

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ResetPassword gives another account a temporary password.
type ResetPassword struct {
	Store       port.Store
	Hasher      port.PasswordHasher
	NewPassword port.NewTemporaryPassword
	Guard       proof.Guard
	Clock       port.Clock
	NewID       port.NewID
}

// Execute returns the password, this once: it opens nothing but its own change. Every
// session and remembered device of the account ends, and its owner is told by mail. One's
// own password is changed, not reset.
func (uc ResetPassword) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) (password domain.Secret, err error) {
	if id == caller.User.ID {
		return password, domain.ErrOwnAccount.Because(caller.SelfDecision())
	}
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionMemberPasswordReset, func() (domain.Secret, error) {
		return uc.reset(ctx, caller, id)
	})
}

func (uc ResetPassword) reset(ctx context.Context, caller domain.Caller, id domain.UserID) (domain.Secret, error) {
	if err := uc.admissible(ctx, caller, id); err != nil {
		return domain.Secret{}, err
	}
	password := uc.NewPassword()
	hash, err := uc.Hasher.Hash(ctx, password)
	if err != nil {
		return domain.Secret{}, err
	}
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error { return uc.settle(ctx, tx, caller, id, hash) })
	return password, err
}

// admissible asks before anything slow is done.
func (uc ResetPassword) admissible(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	return uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		_, err := reachable(ctx, tx, caller, id)
		return err
	})
}

func (uc ResetPassword) settle(ctx context.Context, tx port.OrgTx, caller domain.Caller, id domain.UserID, hash domain.PasswordHash) error {
	now := uc.Clock()
	user, err := subordinate(ctx, tx, caller, domain.PermMemberPasswordReset, id)
	if err != nil {
		return err
	}
	user.SetPassword(hash, true, now)
	if err := tx.Users().Update(ctx, user.User); err != nil {
		return err
	}
	if _, err := tx.Sessions().EndAll(ctx, id, "", domain.EndPasswordReset, now); err != nil {
		return err
	}
	if _, err := tx.Devices().ForgetAll(ctx, id, domain.DevicePasswordReset, now); err != nil {
		return err
	}
	if err := proof.VoidUnfinished(ctx, tx, id); err != nil {
		return err
	}
	if err := tx.Letters().Send(ctx, domain.Letter{Kind: domain.LetterPasswordChanged, To: user.Email, At: now, Origin: caller.Origin}); err != nil {
		return err
	}
	return tx.Audit().Append(ctx, event(domain.EventPasswordReset, uc.NewID, caller, id, now))
}
