package platform

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// OfferFirstRun creates a link with which a person becomes the first owner of the default org. It is for whoever starts
// the service.
type OfferFirstRun struct {
	Seed   Seed
	Offers port.FirstRuns
	Tokens port.OpaqueTokens
}

// Execute returns the token of the link, of which only the hash is stored, or the zero Secret if a person uses an owner of the
// org already. Earlier links stay valid. It creates the org if it does not exist, and uses only the org of the input.
func (uc OfferFirstRun) Execute(ctx context.Context, in SeedInput) (domain.Secret, error) {
	claimed, err := claimed(ctx, uc.Seed.Store, in.OrgID)
	if errors.Is(err, domain.ErrOrgNotFound) {
		_, err = uc.Seed.createOrg(ctx, in)
	}
	if err != nil || claimed {
		return domain.Secret{}, err
	}
	token := uc.Tokens.New(in.OrgID)
	err = uc.Offers.Put(ctx, in.OrgID, token.Hash, domain.FirstRun{OfferedAt: uc.Seed.Clock()}, domain.FirstRunTTL)
	return token.Secret, err
}

// claimed reports whether a person uses the org: one of its owners, or any account that is no owner, because only a person
// who signed in can have created that. It returns ErrOrgNotFound if there is no such org.
func claimed(ctx context.Context, store port.Store, org domain.OrgID) (claimed bool, err error) {
	err = store.ReadOrg(ctx, org, func(tx port.OrgTx) error {
		if _, err := tx.Org().Get(ctx); err != nil {
			return err
		}
		_, claimed, err = unclaimedOwners(ctx, tx)
		return err
	})
	if errors.Is(err, domain.ErrNotFound) {
		err = domain.ErrOrgNotFound
	}
	return claimed, err
}

// unclaimedOwners returns the owners of the org, unless a person uses the org.
func unclaimedOwners(ctx context.Context, tx port.OrgTx) (owners []domain.User, claimed bool, err error) {
	if owners, err = tx.Roles().Owners(ctx); err != nil || domain.AnyClaimed(owners) {
		return nil, err == nil, err
	}
	accounts, _, err := tx.Users().List(ctx, domain.MemberFilter{}, domain.MemberPlace{}, len(owners)+1)
	return owners, len(accounts) > len(owners), err
}
