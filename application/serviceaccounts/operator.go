package serviceaccounts

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Operator is what the operator of the deployment does with service accounts. The operator has the database and needs no
// session and no step-up. In each use case Org is the id or the slug of the org.
type Operator struct {
	List    OperatorList
	Create  OperatorCreate
	Suspend OperatorSuspend
}

// NewOperator returns the use cases. Of the guard they need the store, the clock and the ids.
func NewOperator(d Deps) Operator {
	return Operator{
		List:    OperatorList{d.Guard},
		Create:  OperatorCreate{CreateKey{Accounts: Accounts{d.Guard}, Keys: d.Keys}},
		Suspend: OperatorSuspend{d.Guard},
	}
}

// OperatorList returns every service account of an org, in the order of their ids.
type OperatorList struct{ guard proof.Guard }

// Execute returns ErrOrgNotFound for an unknown org.
func (uc OperatorList) Execute(ctx context.Context, reference string) (found []domain.ServiceAccount, err error) {
	org, err := uc.guard.Store.Platform().FindOrg(ctx, domain.OrgReference(reference))
	if err != nil {
		return nil, err
	}
	err = uc.guard.Store.ReadOrg(ctx, org.ID, func(tx port.OrgTx) (err error) {
		found, err = tx.ServiceAccounts().List(ctx, "", domain.MaxServiceAccounts)
		return err
	})
	return found, err
}

// OperatorCreate makes a service account, and its first key if one is wanted, both or neither.
type OperatorCreate struct{ keys CreateKey }

// OperatorCreateInput describes the account and its key.
type OperatorCreateInput struct {
	Org     string
	By      string // address of the account of the org that chooses the roles, and bounds them from then on
	Account CreateInput
	Key     *CreateKeyInput // nil: no key
	Command string          // for the audit log
}

// OperatorCreateResult is what was made. Key is zero without a key.
type OperatorCreateResult struct {
	Account domain.ServiceAccount
	Key     CreateKeyResult
}

// Execute does what Create and CreateKey do for the account of the address, without a step-up, and returns their errors. It
// returns ErrOrgNotFound for an unknown org, and ErrNotFound when the org has no account with the address. A refused name of
// the key is named "key", and a refused address "by".
func (uc OperatorCreate) Execute(ctx context.Context, in OperatorCreateInput) (result OperatorCreateResult, err error) {
	guard := uc.keys.Guard
	caller, err := uc.granter(ctx, in)
	if err != nil {
		return result, err
	}
	id := domain.ServiceAccountID(guard.NewID())
	err = guard.ChangeFor(ctx, caller, CreateNeeds, func(tx proof.Unit) (err error) {
		if result.Account, err = insert(ctx, tx, id, in.Account, in.Command); err != nil || in.Key == nil {
			return err
		}
		result.Key, err = uc.keys.insert(ctx, tx, result.Account, *in.Key, in.Command)
		return ofKey(err)
	})
	if err != nil {
		return OperatorCreateResult{}, err
	}
	return result, nil
}

// granter returns the account of the address as a caller. What it may do is read in the unit that changes something.
func (uc OperatorCreate) granter(ctx context.Context, in OperatorCreateInput) (caller domain.Caller, err error) {
	store := uc.keys.Store
	email, err := domain.ParseEmail(in.By)
	if err != nil {
		return caller, domain.ErrInvalid.In(domain.InColumn("by", err)...)
	}
	org, err := store.Platform().FindOrg(ctx, domain.OrgReference(in.Org))
	if err != nil {
		return caller, err
	}
	err = store.ReadOrg(ctx, org.ID, func(tx port.OrgTx) (err error) {
		caller.User, err = tx.Users().ByEmail(ctx, email)
		return err
	})
	caller.Org = org
	return caller, err
}

// ofKey returns the error about a key with "key" in place of "name", which is the name of the account.
func ofKey(err error) error {
	failure, ok := errors.AsType[*domain.Error](err)
	if !ok || len(failure.Fields) == 0 || failure.Fields[0].Field != "name" {
		return err
	}
	return failure.In(domain.InColumn("key", err)...)
}

// OperatorSuspend suspends a service account.
type OperatorSuspend struct{ guard proof.Guard }

// OperatorSuspendInput names the account.
type OperatorSuspendInput struct {
	Org     string
	ID      string
	Command string // for the audit log
}

// Execute returns the account as it was before: nothing changes for one that is suspended. It returns ErrOrgNotFound for an
// unknown org, and ErrNotFound for an account that the org does not have.
func (uc OperatorSuspend) Execute(ctx context.Context, in OperatorSuspendInput) (before domain.ServiceAccount, err error) {
	id, err := domain.ParseID[domain.ServiceAccountID](in.ID)
	if err != nil {
		return before, domain.ErrNotFound
	}
	org, err := uc.guard.Store.Platform().FindOrg(ctx, domain.OrgReference(in.Org))
	if err != nil {
		return before, err
	}
	err = uc.guard.Store.InOrg(ctx, org.ID, func(tx port.OrgTx) (err error) {
		if before, err = tx.ServiceAccounts().Lock(ctx, id); err != nil || !before.Active() {
			return err
		}
		account, now := before, uc.guard.Clock()
		account.Suspend(now)
		if err := tx.ServiceAccounts().Update(ctx, account); err != nil {
			return err
		}
		details := requested(statusDetails(account), in.Command)
		event := domain.Actor{}.Did(domain.EventServiceAccountSuspended, domain.OnServiceAccount(id), details)
		return tx.Audit().Append(ctx, event.Stamp(uc.guard.NewID(), now))
	})
	return before, err
}

// requested returns the details with how the change was requested, unless by is empty.
func requested(details domain.Details, by string) domain.Details {
	if by != "" {
		details["by"] = by
	}
	return details
}
