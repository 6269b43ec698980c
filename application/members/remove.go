package members

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Remove takes another account out of the org, for good.
type Remove struct {
	Store port.Store
	Files port.FileStore
	Guard proof.Guard
	Clock port.Clock
	NewID port.NewID
}

// RemoveInput says how an account is removed.
type RemoveInput struct {
	Erase   bool // a job also removes the personal data from the audit log
	IfMatch domain.Versions
}

// Execute removes all that the account has: sessions, devices, authenticator, codes, links
// and avatar. The audit log goes on naming it by its id. The last owner who can sign in stays.
// A version other than the one that is meant is refused with ErrPreconditionFailed.
func (uc Remove) Execute(ctx context.Context, caller domain.Caller, id domain.UserID, in RemoveInput) error {
	if id == caller.User.ID {
		return domain.ErrOwnAccount.Because(caller.SelfDecision())
	}
	return uc.Guard.Do(ctx, caller, domain.ActionMemberRemove, func() error { return uc.remove(ctx, caller, id, in) })
}

func (uc Remove) remove(ctx context.Context, caller domain.Caller, id domain.UserID, in RemoveInput) error {
	now := uc.Clock()
	var avatar domain.File
	err := uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		user, err := subordinate(ctx, tx, caller, domain.PermMemberRemove, id)
		if err != nil {
			return err
		}
		if err := in.IfMatch.Check(user.Version); err != nil {
			return err
		}
		if err := user.keepAnOwner(ctx, tx, now); err != nil {
			return err
		}
		if avatar, err = tx.Files().Picture(ctx, domain.FileAvatar, id); err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		if err := tx.Users().Remove(ctx, id); err != nil {
			return err
		}
		removed := event(domain.EventAccountRemoved, uc.NewID, caller, id, now, "roles", domain.RoleNames(user.roles))
		if err := tx.Audit().Append(ctx, removed); err != nil || !in.Erase {
			return err
		}
		return tx.Jobs().Erase(ctx, domain.Erasure{User: id, By: caller.User.ID, Origin: caller.Origin})
	})
	if err == nil && avatar.ID != "" {
		_ = uc.Files.Remove(context.WithoutCancel(ctx), caller.Org.ID, avatar.ID) // else it is swept later
	}
	return err
}
