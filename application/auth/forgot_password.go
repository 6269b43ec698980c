package auth

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// ForgotPassword enqueues an email with a link that sets a new password.
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
		return tx.Emails().Send(ctx, domain.EmailMessage{
			Kind: domain.EmailPasswordForgotten, To: address, At: uc.Clock(), Origin: visitor.Origin,
			NoRecipient: !user.Active() || user.Password == "",
		})
	})
}

// DiscoverOrgs enqueues an email that lists the orgs in which an address has an account. Only the owner
// of the mailbox learns of them.
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
	return uc.Store.Platform().Send(ctx, domain.EmailMessage{
		Kind: domain.EmailOrgDiscovery, To: address, At: uc.Clock(), Origin: visitor.Origin, NoRecipient: !known,
	})
}
