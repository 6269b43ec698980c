package serviceaccounts

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ListNeeds is what List requires of its caller.
var ListNeeds = proof.Needs{Permission: domain.PermServiceAccountRead}

// List returns a page of the org's service accounts, in the order of their ids.
type List struct{ proof.Guard }

// ListInput says after which account, and how many at most.
type ListInput struct {
	After domain.ServiceAccountID
	Limit int
}

// Execute also reports whether there are more accounts.
func (uc List) Execute(ctx context.Context, caller domain.Caller, in ListInput) (found []domain.ServiceAccount, more bool, err error) {
	err = uc.Read(ctx, caller, ListNeeds, func(tx proof.Unit) (err error) {
		found, err = tx.ServiceAccounts().List(ctx, in.After, in.Limit+1)
		return err
	})
	if more = len(found) > in.Limit; more {
		found = found[:in.Limit]
	}
	return found, more, err
}

// GetNeeds is what Get requires of its caller.
var GetNeeds = proof.Needs{Permission: domain.PermServiceAccountRead}

// Get returns one service account of the org.
type Get struct{ proof.Guard }

// Execute returns ErrNotFound for an account that the caller's org does not have.
func (uc Get) Execute(ctx context.Context, caller domain.Caller, id domain.ServiceAccountID) (found domain.ServiceAccount, err error) {
	err = uc.Read(ctx, caller, GetNeeds, func(tx proof.Unit) (err error) {
		found, err = tx.ServiceAccounts().Get(ctx, id)
		return err
	})
	return found, err
}

// ListKeysNeeds is what ListKeys requires of its caller.
var ListKeysNeeds = proof.Needs{Permission: domain.PermServiceAccountManage}

// ListKeys returns the API keys of a service account, without their secrets.
type ListKeys struct{ proof.Guard }

// Execute needs no paging: an account has at most domain.MaxKeys. Expired keys are listed too. It returns ErrNotFound for an
// account that the caller's org does not have.
func (uc ListKeys) Execute(ctx context.Context, caller domain.Caller, id domain.ServiceAccountID) (keys []domain.APIKey, err error) {
	err = uc.Read(ctx, caller, ListKeysNeeds, func(tx proof.Unit) error {
		if _, err := tx.ServiceAccounts().Get(ctx, id); err != nil {
			return err
		}
		keys, err = tx.APIKeys().Of(ctx, id)
		return err
	})
	return keys, err
}
