package members

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// AssignRolesNeeds is what AssignRoles requires of its caller.
var AssignRolesNeeds = proof.Needs{Permission: domain.PermRoleAssign, Action: domain.ActionRoleAssign}

// AssignRoles replaces the roles of an account, effective at once.
type AssignRoles struct{ Accounts }

// AssignRolesInput is all roles that the account is to hold: ids, or names of system roles.
type AssignRolesInput struct {
	Roles   []string
	IfMatch domain.Versions
}

// Execute leaves the account without any role when Roles is empty. It refuses roles that grant
// what the caller lacks (ErrEscalation), an account above the caller's own (ErrOutranked), to
// take ownership from the last owner who can sign in (ErrLastOwner), and a version of the
// account that is not in IfMatch (ErrPreconditionFailed).
func (uc AssignRoles) Execute(
	ctx context.Context, caller domain.Caller, id domain.UserID, in AssignRolesInput,
) (changed domain.Member, err error) {
	err = uc.change(ctx, caller, AssignRolesNeeds, id, func(tx proof.Unit, user account) error {
		if err := in.IfMatch.Check(user.Version); err != nil {
			return err
		}
		all, err := tx.Roles().List(ctx)
		if err != nil {
			return err
		}
		wanted, err := domain.FindRoles(all, in.Roles)
		if err != nil {
			return err
		}
		if err := user.assign(ctx, tx, wanted); err != nil {
			return err
		}
		changed, err = load(ctx, tx, id)
		return err
	})
	return changed, err
}

// assign replaces the roles of the account, unless it holds these already.
func (a account) assign(ctx context.Context, tx proof.Unit, wanted []domain.Role) error {
	before, after := domain.RoleNames(a.roles), domain.RoleNames(wanted)
	if before == after {
		return nil
	}
	if err := tx.Caller.Grants(wanted); err != nil {
		return err
	}
	if !domain.IsOwner(wanted) {
		if err := a.keepAnOwner(ctx, tx); err != nil {
			return err
		}
	}
	a.UpdatedAt = tx.Now
	if err := tx.Users().Update(ctx, a.User); err != nil {
		return err
	}
	if err := tx.Roles().Assign(ctx, a.ID, idsOf(wanted)); err != nil {
		return err
	}
	return tx.Record(ctx, domain.EventRolesAssigned, domain.OnAccount(a.ID), domain.Details{"roles": domain.Difference(before, after)})
}
