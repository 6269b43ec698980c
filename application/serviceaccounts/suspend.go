package serviceaccounts

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// SuspendNeeds is what Suspend requires of its caller.
var SuspendNeeds = proof.Needs{Permission: domain.PermServiceAccountManage}

// Suspend makes every key and token of a service account useless, at once.
type Suspend struct{ Accounts }

// Execute changes nothing for an account that is suspended.
func (uc Suspend) Execute(ctx context.Context, caller domain.Caller, id domain.ServiceAccountID) error {
	return uc.changeOther(ctx, caller, SuspendNeeds, id, func(tx proof.Unit, account domain.ServiceAccount) error {
		if !account.Active() {
			return nil
		}
		account.Suspend(tx.Now)
		return store(ctx, tx, account, domain.EventServiceAccountSuspended)
	})
}

// ActivateNeeds is what Activate requires of its caller.
var ActivateNeeds = proof.Needs{Permission: domain.PermServiceAccountManage}

// Activate ends the suspension of a service account. Its keys can be used again until they expire.
type Activate struct{ Accounts }

// Execute changes nothing for an account that is active.
func (uc Activate) Execute(ctx context.Context, caller domain.Caller, id domain.ServiceAccountID) error {
	return uc.change(ctx, caller, ActivateNeeds, id, func(tx proof.Unit, account domain.ServiceAccount) error {
		if account.Active() {
			return nil
		}
		account.Activate(tx.Now)
		return store(ctx, tx, account, domain.EventServiceAccountActivated)
	})
}

// store stores an account whose status changed.
func store(ctx context.Context, tx proof.Unit, account domain.ServiceAccount, event domain.EventName) error {
	if err := tx.ServiceAccounts().Update(ctx, account); err != nil {
		return err
	}
	return tx.Record(ctx, event, domain.OnServiceAccount(account.ID), statusDetails(account))
}

// statusDetails returns the details of the event of an account whose status changed.
func statusDetails(account domain.ServiceAccount) domain.Details {
	before := domain.StatusActive
	if account.Active() {
		before = domain.StatusSuspended
	}
	return domain.Details{"name": account.Name, "status": domain.Difference(string(before), string(account.Status))}
}
