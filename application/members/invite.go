package members

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Invitations orders the letters by which the owner of an account sets its first password.
// The link itself is made when the letter is written; until then a link that nobody knows
// stands for it, so that an invitation can be revoked while its letter waits.
type Invitations struct {
	Links  port.OpaqueTokens
	NoMail bool // the deployment sends no mail, so an invitation would reach nobody
}

// send returns ErrNoMail when the deployment sends no mail.
func (i Invitations) send(ctx context.Context, tx port.OrgTx, caller domain.Caller, user domain.User, now time.Time) error {
	if i.NoMail {
		return domain.ErrNoMail
	}
	link := domain.Link{
		User: user.ID, Purpose: domain.LinkInvitation, Hash: i.Links.New(caller.Org.ID).Hash, ExpiresAt: now.Add(domain.InvitationTTL),
	}
	if err := tx.Links().Put(ctx, link); err != nil {
		return err
	}
	letter := domain.Letter{Kind: domain.LetterInvitation, To: user.Email, At: now, Origin: caller.Origin}
	return tx.Letters().Send(ctx, letter)
}

// Invite sends another invitation to an account that has not accepted one.
type Invite struct {
	Store       port.Store
	Invitations Invitations
	Guard       proof.Guard
	Clock       port.Clock
	NewID       port.NewID
}

// Execute voids every earlier link. An account that is not invited is ErrNotInvited. Inviting an
// account that has any role but member requires what giving it that role requires.
func (uc Invite) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	var roles []domain.Role
	err := uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		user, err := reachable(ctx, tx, caller, id)
		roles = user.roles
		return err
	})
	if err != nil {
		return err
	}
	guarded := domain.BeyondMember(roles)
	return guardRoles(ctx, uc.Guard, caller, guarded, func() error { return uc.invite(ctx, caller, id, guarded) })
}

// invite returns ErrStale when the account was given roles beyond member since Execute checked
// whether they need a step-up; guarded says that they were checked.
func (uc Invite) invite(ctx context.Context, caller domain.Caller, id domain.UserID, guarded bool) error {
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		user, err := subordinate(ctx, tx, caller, domain.PermMemberCreate, id)
		if err != nil {
			return err
		}
		switch beyond := domain.BeyondMember(user.roles); {
		case !user.Invited():
			return domain.ErrNotInvited
		case beyond && !guarded:
			return domain.ErrStale
		case beyond:
			if err := mayGive(user.caller, user.roles); err != nil {
				return err
			}
		}
		if err := tx.Links().Void(ctx, domain.LinkInvitation, id); err != nil {
			return err
		}
		if err := uc.Invitations.send(ctx, tx, caller, user.User, now); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventInvitationSent, uc.NewID, caller, id, now))
	})
}

// Uninvite revokes an invitation. The account stays, and can be invited again or removed.
type Uninvite struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute makes the link void, and a letter that still waits is not sent. An account that is
// not invited is ErrNotInvited.
func (uc Uninvite) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		user, err := subordinate(ctx, tx, caller, domain.PermMemberCreate, id)
		if err != nil {
			return err
		}
		if !user.Invited() {
			return domain.ErrNotInvited
		}
		if err := tx.Links().Void(ctx, domain.LinkInvitation, id); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventInvitationRevoked, uc.NewID, caller, id, now))
	})
}

// unused refuses an address that an account of the org has.
func unused(ctx context.Context, tx port.OrgTx, email domain.Email) error {
	_, err := tx.Users().ByEmail(ctx, email)
	switch {
	case err == nil:
		return domain.ErrEmailTaken
	case errors.Is(err, domain.ErrNotFound):
		return nil
	}
	return err
}
