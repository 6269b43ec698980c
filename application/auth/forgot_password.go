package auth

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// ForgotPassword orders a letter with a link that sets a new password.
type ForgotPassword struct {
	Store port.Store
	Clock port.Clock
}

// Execute takes the same steps and the same time whether the address exists or not.
func (uc ForgotPassword) Execute(ctx context.Context, visitor domain.Visitor, email string) error {
	address, err := domain.ParseEmail(email)
	if err != nil {
		return err
	}
	return uc.Store.InOrg(ctx, visitor.Org, func(tx port.OrgTx) error {
		user, err := tx.Users().ByEmail(ctx, address)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		return tx.Letters().Send(ctx, domain.Letter{
			Kind: domain.LetterPasswordForgotten, To: address, At: uc.Clock(), Origin: visitor.Origin,
			NoRecipient: !user.Active() || user.Password == "",
		})
	})
}

// DiscoverOrgs orders a letter that lists the orgs in which an address has an account. Only
// the owner of the mailbox gets to know.
type DiscoverOrgs struct {
	Store port.Store
	Clock port.Clock
}

// Execute takes the same steps and the same time whether the address exists or not.
func (uc DiscoverOrgs) Execute(ctx context.Context, visitor domain.Visitor, email string) error {
	address, err := domain.ParseEmail(email)
	if err != nil {
		return err
	}
	known, err := uc.Store.Platform().Knows(ctx, address)
	if err != nil {
		return err
	}
	return uc.Store.Platform().Send(ctx, domain.Letter{
		Kind: domain.LetterOrgDiscovery, To: address, At: uc.Clock(), Origin: visitor.Origin, NoRecipient: !known,
	})
}
