package auth

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ResetPassword sets a new password by a link from an email. The link of an invitation sets the first
// one.
type ResetPassword struct {
	Store       port.Store
	Links       port.OpaqueTokens
	NewPassword proof.NewPassword
	Guesses     proof.Guesses
	Wrong       proof.WrongTokens
	Clock       port.Clock
	NewID       port.NewID
}

// ResetPasswordInput is the token of the link and the new password.
type ResetPasswordInput struct {
	Token       domain.Secret
	NewPassword domain.Secret
}

// Execute opens no session: the account signs in afterwards. It ends every session and remembered
// device, and the lock after wrong passwords. The link stays valid when the password is refused. Of
// parallel uses one wins and voids every other link of the account.
func (uc ResetPassword) Execute(ctx context.Context, visitor domain.Visitor, in ResetPasswordInput) error {
	token, err := uc.Links.Parse(in.Token)
	if err != nil {
		return uc.Wrong.Refuse(ctx, visitor.Origin, proof.LinkToken, domain.ErrLinkGone)
	}
	if !visitor.Admits(token.Org) {
		return domain.ErrOrgMismatch
	}
	var known account
	var link domain.Link
	err = uc.Store.ReadOrg(ctx, token.Org, func(tx port.OrgTx) (err error) {
		if link, err = findLink(ctx, tx, token, uc.Clock()); err == nil {
			known, err = owner(ctx, tx, link)
		}
		return err
	})
	if err != nil {
		return uc.refuse(ctx, visitor, token.Org, err)
	}
	hash, err := uc.NewPassword.Hash(ctx, in.NewPassword, known.passwordOwner())
	if err != nil {
		return err
	}
	err = uc.Store.InOrg(ctx, token.Org, func(tx port.OrgTx) error {
		return uc.settle(ctx, tx, visitor, link, hash)
	})
	if err != nil {
		return uc.refuse(ctx, visitor, token.Org, err)
	}
	return nil
}

// refuse returns the same error for every link that is not valid. It counts the token against its sender's
// network and records the refusal. Other failures are returned unchanged.
func (uc ResetPassword) refuse(ctx context.Context, visitor domain.Visitor, org domain.OrgID, err error) error {
	if !goneLink(err) {
		return err
	}
	event := proof.Refused(domain.EventPasswordReset, domain.Actor{Origin: visitor.Origin}, "link used, expired or replaced").
		Stamp(uc.NewID(), uc.Clock())
	return uc.Wrong.RefuseAndRecord(ctx, uc.Store, org, proof.WrongToken{Kind: proof.LinkToken, Refusal: domain.ErrLinkGone, Event: event})
}

// settle uses the link up and stores the new password.
func (uc ResetPassword) settle(
	ctx context.Context, tx port.OrgTx, visitor domain.Visitor, link domain.Link, hash domain.PasswordHash,
) error {
	now := uc.Clock()
	link, err := tx.Links().Take(ctx, link.Purpose, link.Hash, now)
	if err != nil {
		return err
	}
	if _, err := tx.Users().Lock(ctx, link.User); err != nil {
		return err
	}
	a, err := owner(ctx, tx, link)
	if err != nil {
		return err
	}
	a.user.SetPassword(hash, false, now)
	if err := tx.Users().Update(ctx, a.user); err != nil {
		return err
	}
	if err := uc.Guesses.Forgive(ctx, tx, a.user); err != nil {
		return err
	}
	err = passwordSet{
		user: a.user, session: domain.EndPasswordReset, device: domain.DevicePasswordReset, origin: visitor.Origin, at: now,
	}.endAll(ctx, tx)
	if err != nil {
		return err
	}
	owner := domain.Actor{User: a.user.ID, Origin: visitor.Origin}
	return tx.Audit().Append(ctx, owner.Did(domain.EventPasswordReset, domain.OnAccount(a.user.ID), nil).Stamp(uc.NewID(), now))
}

// owner returns the account of the link, unless it or its org is suspended.
func owner(ctx context.Context, tx port.OrgTx, link domain.Link) (account, error) {
	a, err := loadAccount(ctx, tx, link.User)
	if err != nil {
		return a, err
	}
	return a, a.standing()
}
