package members

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// RemoveNeeds is what Remove requires of its caller.
var RemoveNeeds = proof.Needs{Permission: domain.PermMemberRemove, Action: domain.ActionMemberRemove}

// Remove removes another account permanently.
type Remove struct {
	Accounts
	Files port.FileStore
}

// RemoveInput says how an account is removed.
type RemoveInput struct {
	Erase   bool // a job also removes the personal data from the audit log
	IfMatch domain.Versions
}

// Execute removes everything that the account has: sessions, devices, authenticators, recovery
// codes, links and avatar. The audit log keeps its id. The last owner who can sign in stays. An
// account whose version is not in IfMatch is ErrPreconditionFailed.
func (uc Remove) Execute(ctx context.Context, caller domain.Caller, id domain.UserID, in RemoveInput) error {
	var avatar domain.File
	err := uc.changeOther(ctx, caller, RemoveNeeds, id, func(tx proof.Unit, user account) (err error) {
		if err := in.IfMatch.Check(user.Version); err != nil {
			return err
		}
		if err := user.keepAnOwner(ctx, tx); err != nil {
			return err
		}
		if avatar, err = tx.Files().Picture(ctx, domain.FileAvatar, id); err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		if err := tx.Users().Remove(ctx, id); err != nil {
			return err
		}
		err = tx.Record(ctx, domain.EventAccountRemoved, domain.OnAccount(id), domain.Details{"roles": domain.RoleNames(user.roles)})
		if err != nil || !in.Erase {
			return err
		}
		order := domain.Erasure{User: id, By: caller.User.ID, ByType: caller.Type, Origin: caller.Origin}
		return tx.Jobs().Enqueue(ctx, EraseJob{Order: order})
	})
	if err == nil && avatar.ID != "" {
		_ = uc.Files.Remove(context.WithoutCancel(ctx), caller.Org.ID, avatar.ID) // if this fails, files.Sweep removes it
	}
	return err
}
