package account

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Profile returns what belongs to the caller's profile besides the account itself.
type Profile struct{ proof.Guard }

// ProfileResult is the picture and the requested address of an account. Each is zero if there is none.
type ProfileResult struct {
	Picture     domain.File
	EmailChange domain.EmailChange // that is not confirmed yet
}

// Execute reads; it writes nothing.
func (uc Profile) Execute(ctx context.Context, caller domain.Caller) (result ProfileResult, err error) {
	err = uc.Read(ctx, caller, proof.OwnAccount, func(tx proof.Unit) (err error) {
		id := caller.User.ID
		if result.Picture, err = tx.Files().Picture(ctx, domain.FileAvatar, id); err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		if result.EmailChange, err = tx.EmailChanges().Of(ctx, id, tx.Now); errors.Is(err, domain.ErrLinkGone) {
			return nil
		}
		return err
	})
	return result, err
}
