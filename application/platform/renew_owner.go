package platform

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// renewOwner replaces the first owner's temporary password when it has expired unchanged. Otherwise
// nobody could sign in to the org.
func (uc Seed) renewOwner(ctx context.Context, in SeedInput) (renewed bool, err error) {
	now := uc.Clock()
	owner, err := uc.owner(ctx, in)
	if err != nil || !owner.PasswordLapsed(now) {
		return false, err
	}
	hash, err := uc.Hasher.Hash(ctx, in.Password)
	if err != nil {
		return false, err
	}
	err = uc.Store.InOrg(ctx, in.OrgID, func(tx port.OrgTx) error {
		renewed = false
		owner, err := tx.Users().Lock(ctx, owner.ID)
		if err != nil || !owner.PasswordLapsed(now) {
			return err
		}
		in.setPassword(&owner, hash, now)
		if err := tx.Users().Update(ctx, owner); err != nil {
			return err
		}
		renewed = true
		return tx.Audit().Append(ctx, uc.created(domain.EventPasswordChanged, domain.OnAccount(owner.ID)))
	})
	return renewed && err == nil, err
}

func (uc Seed) owner(ctx context.Context, in SeedInput) (owner domain.User, err error) {
	err = uc.Store.ReadOrg(ctx, in.OrgID, func(tx port.OrgTx) (err error) {
		owner, err = tx.Users().ByEmail(ctx, domain.TypedEmail(in.Email))
		return err
	})
	return owner, err
}
