package auth

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// DescribeLink tells the holder of a link from an email what ResetPassword would do with it.
type DescribeLink struct {
	Store  port.Store
	Links  port.OpaqueTokens
	Wrong  proof.WrongTokens
	Limits domain.ServerLimits
	Clock  port.Clock
}

// LinkDescription is what a link sets the password of.
type LinkDescription struct {
	Org               domain.Org
	Email             domain.Email
	Invitation        bool // the account has no password yet
	PasswordMinLength int
}

// Execute changes nothing, because mail scanners open links. It refuses a link that ResetPassword would refuse.
func (uc DescribeLink) Execute(ctx context.Context, visitor domain.Visitor, secret domain.Secret) (LinkDescription, error) {
	token, err := uc.Links.Parse(secret)
	if err != nil {
		return LinkDescription{}, uc.Wrong.Refuse(ctx, visitor.Origin, proof.LinkToken, domain.ErrLinkGone)
	}
	if !visitor.Admits(token.Org) {
		return LinkDescription{}, domain.ErrOrgMismatch
	}
	var description LinkDescription
	err = uc.Store.ReadOrg(ctx, token.Org, func(tx port.OrgTx) error {
		link, err := findLink(ctx, tx, token, uc.Clock())
		if err != nil {
			return err
		}
		a, err := owner(ctx, tx, link)
		description = LinkDescription{
			Org: a.org, Email: a.user.Email, Invitation: link.Purpose == domain.LinkInvitation,
			PasswordMinLength: a.settings.Policy(uc.Limits).PasswordMinLength,
		}
		return err
	})
	if goneLink(err) {
		err = uc.Wrong.Refuse(ctx, visitor.Origin, proof.LinkToken, domain.ErrLinkGone)
	}
	if err != nil {
		return LinkDescription{}, err
	}
	return description, nil
}

// goneLink reports whether the error means that there is no such link any more.
func goneLink(err error) bool {
	return errors.Is(err, domain.ErrOrgNotFound) || errors.Is(err, domain.ErrLinkGone) || errors.Is(err, domain.ErrNotFound)
}

// findLink returns the link of a reset or of an invitation.
func findLink(ctx context.Context, tx port.OrgTx, token domain.OpaqueToken, now time.Time) (domain.Link, error) {
	link, err := tx.Links().Get(ctx, domain.LinkPasswordReset, token.Hash, now)
	if errors.Is(err, domain.ErrLinkGone) {
		return tx.Links().Get(ctx, domain.LinkInvitation, token.Hash, now)
	}
	return link, err
}
