package account

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UpdateProfile changes what people see of the caller's account.
type UpdateProfile struct {
	Store port.Store
	Guard proof.Guard
	Clock port.Clock
	NewID port.NewID
}

// UpdateProfileInput names what is to change; nil leaves it.
type UpdateProfileInput struct {
	FullName *string
	IfMatch  domain.Versions
}

// Execute refuses with ErrProfileFixed where the org does not let its members edit
// themselves, and a change made for another version with ErrPreconditionFailed. The address
// is changed by ChangeEmail only.
func (uc UpdateProfile) Execute(ctx context.Context, caller domain.Caller, in UpdateProfileInput) (user domain.User, err error) {
	if err := caller.MayEditProfile(); err != nil {
		return user, err
	}
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionAccountUpdate, func() (domain.User, error) {
		return uc.update(ctx, caller, in)
	})
}

func (uc UpdateProfile) update(ctx context.Context, caller domain.Caller, in UpdateProfileInput) (user domain.User, err error) {
	now := uc.Clock()
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
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
		if err := user.Rename(*in.FullName, now); err != nil || user.FullName == before.FullName {
			return err
		}
		if err := tx.Users().Update(ctx, user); err != nil {
			return err
		}
		user.Version++
		event := did(domain.EventProfileUpdated, uc.NewID, caller, now, "account", string(user.ID))
		event.Details = before.Differences(user)
		return tx.Audit().Append(ctx, event)
	})
	return user, err
}
