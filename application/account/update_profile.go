package account

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UpdateProfileNeeds is what UpdateProfile requires of its caller.
var UpdateProfileNeeds = proof.Needs{OwnAccount: true, Action: domain.ActionAccountUpdate}

// UpdateProfile changes the profile of the caller's account.
type UpdateProfile struct{ proof.Guard }

// UpdateProfileInput has the new values; nil leaves a value as it is.
type UpdateProfileInput struct {
	FullName *string
	IfMatch  domain.Versions
}

// Execute returns ErrProfileFixed when the org does not let its members edit their profiles, and
// ErrPreconditionFailed when the account's version is not in IfMatch. Only ChangeEmail changes the
// address.
func (uc UpdateProfile) Execute(ctx context.Context, caller domain.Caller, in UpdateProfileInput) (user domain.User, err error) {
	if err := caller.MayEditProfile(); err != nil {
		return user, err
	}
	err = uc.Change(ctx, caller, UpdateProfileNeeds, func(tx proof.Unit) (err error) {
		if user, err = tx.Users().Lock(ctx, caller.User.ID); err != nil {
			return err
		}
		if err := in.IfMatch.Check(user.Version); err != nil {
			return err
		}
		if in.FullName == nil {
			return nil
		}
		before := user
		if err := user.Rename(*in.FullName, tx.Now); err != nil || user.FullName == before.FullName {
			return err
		}
		if err := tx.Users().Update(ctx, user); err != nil {
			return err
		}
		user.Version++
		return tx.Record(ctx, domain.EventProfileUpdated, domain.OnAccount(user.ID), before.Differences(user))
	})
	return user, err
}
