package members

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Invitations enqueues the emails by which the owner of an account sets its first password. The
// link is created when the email is written. Until then the hash of a link that nobody knows is
// stored, so that an invitation can be revoked while its email waits in the queue.
type Invitations struct {
	Links  port.OpaqueTokens
	NoMail bool // the deployment sends no mail, so an invitation would reach nobody
}

// send returns ErrNoMail when the deployment sends no mail.
func (i Invitations) send(ctx context.Context, tx proof.Unit, user domain.User) error {
	if i.NoMail {
		return domain.ErrNoMail
	}
	link := domain.Link{
		User: user.ID, Purpose: domain.LinkInvitation, Hash: i.Links.New(tx.Caller.Org.ID).Hash,
		ExpiresAt: tx.Now.Add(domain.InvitationTTL),
	}
	if err := tx.Links().Put(ctx, link); err != nil {
		return err
	}
	return tx.Emails().Send(ctx, domain.EmailMessage{Kind: domain.EmailInvitation, To: user.Email, At: tx.Now, Origin: tx.Caller.Origin})
}

// InviteNeeds is what Invite requires of its caller. The step-up is needed for an account that
// has any role but member: to invite it is to give it that role.
var InviteNeeds = proof.Needs{Permission: domain.PermMemberCreate, Action: domain.ActionRoleAssign}

// Invite sends another invitation to an account that has not accepted one.
type Invite struct {
	Accounts
	Invitations Invitations
}

// Execute voids every earlier link. An account that is not invited is ErrNotInvited. An account
// that was given roles beyond member since the step-up was decided on is ErrStale.
func (uc Invite) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	var beyond bool
	err := uc.Read(ctx, caller, InviteNeeds.WithoutStepUp(), func(tx proof.Unit) error {
		user, err := read(ctx, tx, id)
		beyond = domain.BeyondMember(user.roles)
		return err
	})
	if err != nil {
		return err
	}
	return uc.change(ctx, caller, InviteNeeds.StepUpIf(beyond), id, func(tx proof.Unit, user account) error {
		switch {
		case !user.Invited():
			return domain.ErrNotInvited
		case domain.BeyondMember(user.roles) && !beyond:
			return domain.ErrStale
		}
		if err := mayGive(tx.Caller, user.roles); err != nil {
			return err
		}
		if err := tx.Links().Void(ctx, domain.LinkInvitation, id); err != nil {
			return err
		}
		if err := uc.Invitations.send(ctx, tx, user.User); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventInvitationSent, domain.OnAccount(id), nil)
	})
}

// UninviteNeeds is what Uninvite requires of its caller.
var UninviteNeeds = proof.Needs{Permission: domain.PermMemberCreate}

// Uninvite revokes an invitation. The account stays, and can be invited again or removed.
type Uninvite struct{ Accounts }

// Execute voids the link; an email that still waits in the queue is not sent. An account that is
// not invited is ErrNotInvited.
func (uc Uninvite) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	return uc.change(ctx, caller, UninviteNeeds, id, func(tx proof.Unit, user account) error {
		if !user.Invited() {
			return domain.ErrNotInvited
		}
		if err := tx.Links().Void(ctx, domain.LinkInvitation, id); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventInvitationRevoked, domain.OnAccount(id), nil)
	})
}

// requireUnused returns ErrEmailTaken for an address that an account of the org has.
func requireUnused(ctx context.Context, tx port.OrgTx, email domain.Email) error {
	_, err := tx.Users().ByEmail(ctx, email)
	switch {
	case err == nil:
		return domain.ErrEmailTaken
	case errors.Is(err, domain.ErrNotFound):
		return nil
	}
	return err
}
