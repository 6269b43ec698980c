package authz

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Bound is the account that chose the roles of a service account. The service account can do at most what that account can
// do now.
type Bound struct {
	Account domain.UserID
	Address domain.Email // empty when the account was removed
	Active  bool
	Can     []domain.Permission // now; empty unless Active
}

// service is a service account that a decision is about, and the account that bounds it.
type service struct {
	domain.ServiceAccount

	bound Bound
}

// serviceOf returns the service account that the decision is about. found is false for a decision about a person.
func serviceOf(ctx context.Context, tx port.OrgTx, d domain.Decision) (about service, found bool, err error) {
	if d.User == "" { // a sign-in with an unknown address
		return about, false, nil
	}
	about.ServiceAccount, err = tx.ServiceAccounts().Get(ctx, domain.ServiceAccountID(d.User))
	if errors.Is(err, domain.ErrNotFound) {
		return about, false, nil
	}
	if err != nil {
		return about, false, err
	}
	about.bound.Account = about.GrantedBy
	granter, err := tx.Users().Standing(ctx, about.GrantedBy)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return about, true, nil
	case err != nil:
		return about, false, err
	}
	about.bound.Address, about.bound.Active = granter.User.Email, granter.User.Active()
	if granter.User.Active() {
		about.bound.Can = granter.Permissions()
	}
	return about, true, nil
}
