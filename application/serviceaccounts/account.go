package serviceaccounts

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Accounts is shared by the use cases that change one service account of the caller's org.
type Accounts struct{ proof.Guard }

// change runs change in one unit on an account that it has locked. It returns ErrOutranked for an account whose roles grant
// what the caller lacks, whatever keeps the account from using them now, and ErrNotFound for an unknown account.
func (a Accounts) change(
	ctx context.Context, caller domain.Caller, needs proof.Needs, id domain.ServiceAccountID,
	change func(proof.Unit, domain.ServiceAccount) error,
) error {
	return a.Change(ctx, caller, needs, func(tx proof.Unit) error {
		account, err := tx.ServiceAccounts().Lock(ctx, id)
		if err != nil {
			return err
		}
		if !tx.Caller.Outranks(account.Roles) {
			return domain.ErrOutranked.Because(tx.Caller.RankDecision(account.Roles))
		}
		return change(tx, account)
	})
}

// changeOther is change for what a service account may not do to itself.
func (a Accounts) changeOther(
	ctx context.Context, caller domain.Caller, needs proof.Needs, id domain.ServiceAccountID,
	change func(proof.Unit, domain.ServiceAccount) error,
) error {
	if caller.User.ID == domain.UserID(id) {
		return domain.ErrOwnAccount.Because(caller.SelfDecision())
	}
	return a.change(ctx, caller, needs, id, change)
}

// mayChooseRoles returns an error for a caller who can give a service account no roles at all: they are bounded by the
// account that chose them, which must be one of a person, in the same org.
func mayChooseRoles(caller domain.Caller) error {
	switch {
	case caller.Service():
		return domain.ErrPersonOnly
	case caller.ActingFor():
		return domain.ErrServiceAccountByOperator
	}
	return nil
}

// requireDistinct returns an error when another account of the org has a name that people could confuse with the account's.
func requireDistinct(ctx context.Context, tx proof.Unit, account domain.ServiceAccount) error {
	all, err := tx.ServiceAccounts().List(ctx, "", domain.MaxServiceAccounts)
	if err != nil {
		return err
	}
	for _, other := range all {
		if account.Clashes(other) {
			return domain.ErrServiceAccountTaken
		}
	}
	return nil
}
