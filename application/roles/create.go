package roles

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// CreateNeeds is what Create requires of its caller.
var CreateNeeds = proof.Needs{Permission: domain.PermRoleManage, Action: domain.ActionRoleManage}

// Create makes a role of the org's own.
type Create struct{ proof.Guard }

// CreateInput describes the role and the permissions that it grants.
type CreateInput struct {
	Name, Description string
	Permissions       []domain.Permission
}

// Execute returns ErrEscalation for permissions that the caller lacks, ErrRoleNameTaken for a
// name in use, whatever its letter case, and ErrTooManyRoles when the org has
// domain.MaxCustomRoles already.
func (uc Create) Execute(ctx context.Context, caller domain.Caller, in CreateInput) (role domain.Role, err error) {
	id := domain.RoleID(uc.NewID())
	err = uc.Change(ctx, caller, CreateNeeds, func(tx proof.Unit) (err error) {
		if role, err = domain.NewRole(id, domain.RoleDraft(in), tx.Caller.Org, tx.Now); err != nil {
			return err
		}
		if err := tx.Caller.Grants([]domain.Role{role}); err != nil {
			return err
		}
		if err := requireRoom(ctx, tx, role, 1); err != nil {
			return err
		}
		if err := tx.Roles().Insert(ctx, role); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventRoleCreated, domain.OnRole(role.ID), domain.Role{}.Differences(role))
	})
	return role, err
}

// requireRoom returns an error when another role of the org has a name too similar to the role's,
// or when the org would have too many roles with added more of them.
func requireRoom(ctx context.Context, tx proof.Unit, role domain.Role, added int) error {
	all, err := tx.Roles().List(ctx)
	if err != nil {
		return err
	}
	for _, other := range all {
		if role.Clashes(other) {
			return domain.ErrRoleNameTaken
		}
	}
	if added > 0 && len(all)+added > domain.MaxCustomRoles+len(domain.SystemRoles()) {
		return domain.ErrTooManyRoles
	}
	return nil
}
