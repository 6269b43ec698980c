package members

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UpdateNeeds is what Update requires of its caller. A new address also requires the permission
// of ResetPassword: whoever reads the mail of an address can set the account's password.
var UpdateNeeds = proof.Needs{Permission: domain.PermMemberUpdate, Action: domain.ActionAccountUpdate}

// Update changes the name or the address of an account.
type Update struct {
	Accounts
	Invitations Invitations
}

// UpdateInput has the new values; nil leaves a value as it is.
type UpdateInput struct {
	FullName, Email *string
	IfMatch         domain.Versions
}

// Execute returns ErrPreconditionFailed when the account's version is not in IfMatch. A new
// address is notified to the old one. Callers may change no more of their own account than
// PATCH /me allows: a new address is ErrOwnAddress, and a new name is ErrProfileFixed when the
// org does not let its members edit their profiles.
func (uc Update) Execute(
	ctx context.Context, caller domain.Caller, id domain.UserID, in UpdateInput,
) (changed domain.Member, err error) {
	err = uc.change(ctx, caller, UpdateNeeds, id, func(tx proof.Unit, before account) error {
		if err := in.IfMatch.Check(before.Version); err != nil {
			return err
		}
		after, err := before.changed(in, tx.Now)
		if err != nil {
			return err
		}
		if after != before.User {
			if err := uc.store(ctx, tx, before.User, after); err != nil {
				return err
			}
		}
		changed, err = load(ctx, tx, id)
		return err
	})
	return changed, err
}

// changed returns the account with the new values; the same account when they are the old ones.
func (a account) changed(in UpdateInput, now time.Time) (domain.User, error) {
	after := a.User
	if in.FullName != nil {
		if err := after.Rename(*in.FullName, now); err != nil {
			return after, err
		}
	}
	if in.Email != nil {
		email, err := domain.ParseEmail(*in.Email)
		if err != nil {
			return after, err
		}
		after.Readdress(email, now)
	}
	if after.FullName == a.FullName && after.Email == a.Email {
		return a.User, nil
	}
	return after, nil
}

func (uc Update) store(ctx context.Context, tx proof.Unit, before, after domain.User) error {
	if err := mayUpdate(tx.Caller, before, after); err != nil {
		return err
	}
	if err := tx.Users().Update(ctx, after); err != nil {
		return err
	}
	if after.Email.Key() != before.Email.Key() {
		if err := uc.readdress(ctx, tx, before, after); err != nil {
			return err
		}
	}
	return tx.Record(ctx, domain.EventAccountUpdated, domain.OnAccount(after.ID), before.Differences(after))
}

// mayUpdate returns an error for a change that the caller may not make: of their own account, or
// of an address.
func mayUpdate(caller domain.Caller, before, after domain.User) error {
	readdressed := after.Email != before.Email
	if before.ID == caller.User.ID {
		if readdressed {
			return domain.ErrOwnAddress.Because(caller.SelfDecision())
		}
		if err := caller.MayEditProfile(); err != nil {
			return err
		}
	}
	if readdressed {
		return ResetPasswordNeeds.Check(caller)
	}
	return nil
}

// readdress voids the links that were mailed to the old address, and notifies it. An invitation
// is sent again, to the new address.
func (uc Update) readdress(ctx context.Context, tx proof.Unit, before, after domain.User) error {
	if err := tx.EmailChanges().Void(ctx, after.ID); err != nil {
		return err
	}
	if err := tx.Links().VoidAll(ctx, after.ID); err != nil {
		return err
	}
	if after.Invited() {
		return uc.Invitations.send(ctx, tx, after)
	}
	notice := domain.EmailMessage{Kind: domain.EmailAddressChanged, To: before.Email, At: tx.Now, Origin: tx.Caller.Origin}
	return tx.Emails().Send(ctx, notice)
}
