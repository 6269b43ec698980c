package serviceaccounts

import (
	"context"
	"errors"
	"slices"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// OverviewNeeds is what Overview requires of its caller.
var OverviewNeeds = proof.Needs{Permission: domain.PermServiceAccountRead}

// Overview returns one service account with what an administrator needs to know before they act on it.
type Overview struct{ proof.Guard }

// OverviewResult is a service account with what it can do now.
type OverviewResult struct {
	Account   domain.ServiceAccount
	Granter   domain.User         // that chose the roles; zero: it was removed
	Effective []domain.Permission // of the roles, while the account is active
	Missing   []domain.Permission // of the roles, which do not apply because the granter lacks them
	Keys      []domain.APIKey     // newest first; nil for a caller who may not list keys
}

// Execute returns ErrNotFound for an account that the caller's org does not have.
func (uc Overview) Execute(ctx context.Context, caller domain.Caller, id domain.ServiceAccountID) (found OverviewResult, err error) {
	err = uc.Read(ctx, caller, OverviewNeeds, func(tx proof.Unit) error {
		account, err := tx.ServiceAccounts().Get(ctx, id)
		if err != nil {
			return err
		}
		found, err = (&overviews{tx: tx}).of(ctx, account)
		return err
	})
	return found, err
}

// ListOverviewsNeeds is what ListOverviews requires of its caller.
var ListOverviewsNeeds = proof.Needs{Permission: domain.PermServiceAccountRead}

// ListOverviews is List with an overview of each account.
type ListOverviews struct{ proof.Guard }

// Execute also reports whether there are more accounts.
func (uc ListOverviews) Execute(ctx context.Context, caller domain.Caller, in ListInput) (found []OverviewResult, more bool, err error) {
	err = uc.Read(ctx, caller, ListOverviewsNeeds, func(tx proof.Unit) error {
		accounts, err := tx.ServiceAccounts().List(ctx, in.After, in.Limit+1)
		if err != nil {
			return err
		}
		more = len(accounts) > in.Limit
		shared := &overviews{tx: tx}
		found = make([]OverviewResult, min(len(accounts), in.Limit))
		for i := range found {
			if found[i], err = shared.of(ctx, accounts[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return found, more, err
}

// overviews makes overviews in one unit. It reads each granter once.
type overviews struct {
	tx       proof.Unit
	granters map[domain.UserID]granter
}

type granter struct {
	user domain.User
	can  domain.Granter
}

func (o *overviews) of(ctx context.Context, account domain.ServiceAccount) (found OverviewResult, err error) {
	by, err := o.granter(ctx, account.GrantedBy)
	if err != nil {
		return found, err
	}
	caller := o.tx.Caller
	principal := domain.ServicePrincipal(caller.Org, caller.Settings, account, by.can, domain.APIKey{})
	found = OverviewResult{Account: account, Granter: by.user, Effective: principal.Permissions()}
	found.Missing = slices.DeleteFunc(domain.PermissionsOf(account.Roles, caller.Org), principal.Can)
	if ListKeysNeeds.Check(caller) == nil {
		found.Keys, err = o.tx.APIKeys().Of(ctx, account.ID)
	}
	return found, err
}

// granter returns an account and what it can do now; the zero granter for an account that was removed.
func (o *overviews) granter(ctx context.Context, id domain.UserID) (found granter, err error) {
	if known, read := o.granters[id]; read {
		return known, nil
	}
	if found.user, err = o.tx.Users().Get(ctx, id); err != nil && !errors.Is(err, domain.ErrNotFound) {
		return found, err
	}
	if err == nil {
		found.can.Active = found.user.Active()
		if found.can.Roles, err = o.tx.Roles().Of(ctx, id); err != nil {
			return found, err
		}
	}
	if o.granters == nil {
		o.granters = map[domain.UserID]granter{}
	}
	o.granters[id] = found
	return found, nil
}
