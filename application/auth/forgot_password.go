package auth

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// ForgotPassword orders a letter with a link that sets a new password.
type ForgotPassword struct {
	Store port.Store
	Clock port.Clock
}

// Execute does the same whether the address exists or not: nothing is looked up before the
// letter is written.
func (uc ForgotPassword) Execute(ctx context.Context, visitor domain.Visitor, email string) error {
	address, err := domain.ParseEmail(email)
	if err != nil {
		return err
	}
	return uc.Store.InOrg(ctx, visitor.Org, func(tx port.OrgTx) error {
		return tx.Letters().Send(ctx, domain.Letter{Kind: domain.LetterPasswordForgotten, To: address, At: uc.Clock(), Origin: visitor.Origin})
	})
}

// DiscoverOrgs orders a letter that lists the orgs in which an address has an account. Only
// the owner of the mailbox gets to know.
type DiscoverOrgs struct {
	Store port.Store
	Clock port.Clock
}

// Execute does the same whether the address exists or not.
func (uc DiscoverOrgs) Execute(ctx context.Context, visitor domain.Visitor, email string) error {
	address, err := domain.ParseEmail(email)
	if err != nil {
		return err
	}
	return uc.Store.Platform().Send(ctx, domain.Letter{Kind: domain.LetterOrgDiscovery, To: address, At: uc.Clock(), Origin: visitor.Origin})
}
