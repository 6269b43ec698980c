package serviceaccounts

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UpdateNeeds is what Update requires of its caller. The step-up is needed to choose roles, unless it is only member.
var UpdateNeeds = proof.Needs{Permission: domain.PermServiceAccountManage, Action: domain.ActionRoleAssign}

// Update changes a service account, at once for every key and token of it.
type Update struct{ Accounts }

// UpdateInput is the change, and the versions of the account that it is meant for. A nil field leaves the value unchanged.
// Roles are ids or names of system roles.
type UpdateInput struct {
	Name, Description *string
	Roles             *[]string
	IfMatch           domain.Versions
}

// Execute makes the caller the account that bounds the permissions, if it chooses roles, also the same roles again. It returns
// the errors of Create, ErrOutranked for an account with roles that grant what the caller lacks, and ErrPreconditionFailed
// for a version that is not in IfMatch.
func (uc Update) Execute(
	ctx context.Context, caller domain.Caller, id domain.ServiceAccountID, in UpdateInput,
) (next domain.ServiceAccount, err error) {
	needs, err := uc.needs(ctx, caller, in)
	if err != nil {
		return next, err
	}
	err = uc.change(ctx, caller, needs, id, func(tx proof.Unit, account domain.ServiceAccount) error {
		if err := in.IfMatch.Check(account.Version); err != nil {
			return err
		}
		change := domain.ServiceAccountChange{Name: in.Name, Description: in.Description, GrantedBy: caller.User.ID}
		if in.Roles != nil {
			roles, err := grantable(ctx, tx, *in.Roles)
			if err != nil {
				return err
			}
			change.Roles = &roles
		}
		if next, err = account.Changed(change, tx.Now); err != nil {
			return err
		}
		if next.Equal(account) {
			next = account
			return nil
		}
		if err := requireDistinct(ctx, tx, next); err != nil {
			return err
		}
		if err := tx.ServiceAccounts().Update(ctx, next); err != nil {
			return err
		}
		next.Version++
		return tx.Record(ctx, domain.EventServiceAccountUpdated, domain.OnServiceAccount(id), account.Differences(next))
	})
	return next, err
}

func (uc Update) needs(ctx context.Context, caller domain.Caller, in UpdateInput) (proof.Needs, error) {
	if in.Roles == nil {
		return UpdateNeeds.WithoutStepUp(), nil
	}
	if err := UpdateNeeds.Check(caller); err != nil {
		return UpdateNeeds, err
	}
	if err := mayChooseRoles(caller); err != nil {
		return UpdateNeeds, err
	}
	return needsToGive(ctx, uc.Guard, caller, UpdateNeeds, *in.Roles)
}

// RemoveNeeds is what Remove requires of its caller.
var RemoveNeeds = proof.Needs{Permission: domain.PermServiceAccountManage}

// Remove removes a service account with its keys. Its tokens end with them.
type Remove struct{ Accounts }

// Execute returns ErrOutranked for an account with roles that grant what the caller lacks, and ErrOwnAccount to a service
// account that would remove itself. An account whose version is not in ifMatch is ErrPreconditionFailed.
func (uc Remove) Execute(ctx context.Context, caller domain.Caller, id domain.ServiceAccountID, ifMatch domain.Versions) error {
	return uc.changeOther(ctx, caller, RemoveNeeds, id, func(tx proof.Unit, account domain.ServiceAccount) error {
		if err := ifMatch.Check(account.Version); err != nil {
			return err
		}
		if err := tx.ServiceAccounts().Remove(ctx, id); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventServiceAccountRemoved, domain.OnServiceAccount(id), domain.Details{"name": account.Name})
	})
}
