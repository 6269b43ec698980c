package members

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Update changes the name or the address of an account.
type Update struct {
	Store       port.Store
	Invitations Invitations
	Guard       proof.Guard
	Clock       port.Clock
	NewID       port.NewID
}

// UpdateInput names what is to be another value; nil leaves it.
type UpdateInput struct {
	FullName, Email *string
	IfMatch         domain.Versions
}

// Execute refuses a change made for another version with ErrPreconditionFailed. Whoever
// reads an address can set the account's password, so to change it one must also be
// permitted to reset passwords; the old address is notified. Callers may change no more of their
// own account than PATCH /me allows: a new address is ErrOwnAddress, and a new name is
// ErrProfileFixed when the org does not let its members edit their profiles.
func (uc Update) Execute(ctx context.Context, caller domain.Caller, id domain.UserID, in UpdateInput) (changed domain.Member, err error) {
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionAccountUpdate, func() (domain.Member, error) {
		return uc.update(ctx, caller, id, in)
	})
}

func (uc Update) update(ctx context.Context, caller domain.Caller, id domain.UserID, in UpdateInput) (changed domain.Member, err error) {
	now := uc.Clock()
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		before, err := subordinate(ctx, tx, caller, domain.PermMemberUpdate, id)
		if err != nil {
			return err
		}
		if err := in.IfMatch.Check(before.Version); err != nil {
			return err
		}
		after, err := before.changed(in, now)
		if err != nil {
			return err
		}
		if err := before.mayBecome(after); err != nil {
			return err
		}
		if after != before.User {
			if err := uc.store(ctx, tx, before, after, now); err != nil {
				return err
			}
		}
		changed, err = load(ctx, tx, id)
		return err
	})
	return changed, err
}

func (m member) changed(in UpdateInput, now time.Time) (domain.User, error) {
	after := m.User
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
	if after.FullName == m.FullName && after.Email == m.Email {
		return m.User, nil
	}
	return after, nil
}

// mayBecome refuses changes that callers may not make to their own account.
func (m member) mayBecome(after domain.User) error {
	switch {
	case m.ID != m.caller.User.ID || after == m.User:
		return nil
	case after.Email != m.Email:
		return domain.ErrOwnAddress.Because(m.caller.SelfDecision())
	}
	return m.caller.MayEditProfile()
}

func (uc Update) store(ctx context.Context, tx port.OrgTx, before member, after domain.User, now time.Time) error {
	if after.Email != before.Email && !before.caller.Can(domain.PermMemberPasswordReset) {
		return domain.ErrPermissionDenied.Because(before.caller.PermissionDecision(domain.PermMemberPasswordReset))
	}
	if err := tx.Users().Update(ctx, after); err != nil {
		return err
	}
	if after.Email.Key() != before.Email.Key() {
		if err := uc.readdress(ctx, tx, before, after, now); err != nil {
			return err
		}
	}
	updated := event(domain.EventAccountUpdated, uc.NewID, before.caller, after.ID, now)
	updated.Details = before.Differences(after)
	return tx.Audit().Append(ctx, updated)
}

// readdress voids the links that were mailed to the old address, and notifies it. An invitation goes out
// again, to the new one.
func (uc Update) readdress(ctx context.Context, tx port.OrgTx, before member, after domain.User, now time.Time) error {
	if err := tx.EmailChanges().Void(ctx, after.ID); err != nil {
		return err
	}
	if err := tx.Links().VoidAll(ctx, after.ID); err != nil {
		return err
	}
	if after.Invited() {
		return uc.Invitations.send(ctx, tx, before.caller, after, now)
	}
	return tx.Letters().Send(ctx, domain.Letter{Kind: domain.LetterAddressChanged, To: before.Email, At: now, Origin: before.caller.Origin})
}
