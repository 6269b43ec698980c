package roles

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UpdateNeeds is what Update requires of its caller.
var UpdateNeeds = proof.Needs{Permission: domain.PermRoleManage, Action: domain.ActionRoleManage}

// Update changes a role of the org's own, at once for every account that holds it.
type Update struct{ proof.Guard }

// UpdateInput is the change, and the versions of the role that it is meant for.
type UpdateInput struct {
	Change  domain.RoleChange
	IfMatch domain.Versions
}

// Execute returns ErrEscalation when the role grants, or is to grant, what the caller lacks:
// otherwise the caller could take permissions from an account above their own.
func (uc Update) Execute(ctx context.Context, caller domain.Caller, id domain.RoleID, in UpdateInput) (next domain.Role, err error) {
	err = uc.Change(ctx, caller, UpdateNeeds, func(tx proof.Unit) error {
		role, err := customRole(ctx, tx, id, in.IfMatch)
		if err != nil {
			return err
		}
		if next, err = role.Changed(in.Change, tx.Caller.Org); err != nil || next.Equal(role) {
			return err
		}
		if err := tx.Caller.Grants([]domain.Role{next}); err != nil {
			return err
		}
		if err := requireRoom(ctx, tx, next, 0); err != nil {
			return err
		}
		if err := tx.Roles().Update(ctx, next); err != nil {
			return err
		}
		next.Version++
		return tx.Record(ctx, domain.EventRoleUpdated, domain.OnRole(id), role.Differences(next))
	})
	return next, err
}

// customRole reads a role that the caller may change. It returns ErrSystemRole for a system role,
// ErrEscalation for one that grants what the caller lacks, and ErrPreconditionFailed for a
// version that is not in ifMatch.
func customRole(ctx context.Context, tx proof.Unit, id domain.RoleID, ifMatch domain.Versions) (domain.Role, error) {
	role, err := tx.Roles().Get(ctx, id)
	if err != nil {
		return role, err
	}
	if role.System {
		return role, domain.ErrSystemRole
	}
	if err := tx.Caller.Grants([]domain.Role{role}); err != nil {
		return role, err
	}
	return role, ifMatch.Check(role.Version)
}

// RemoveNeeds is what Remove requires of its caller.
var RemoveNeeds = proof.Needs{Permission: domain.PermRoleManage, Action: domain.ActionRoleManage}

// Remove removes a role of the org's own.
type Remove struct{ proof.Guard }

// Execute returns ErrRoleHeld for a role that an account holds, so that nobody loses a
// permission unnoticed, and ErrPreconditionFailed for a version that is not in ifMatch.
func (uc Remove) Execute(ctx context.Context, caller domain.Caller, id domain.RoleID, ifMatch domain.Versions) error {
	return uc.Change(ctx, caller, RemoveNeeds, func(tx proof.Unit) error {
		role, err := customRole(ctx, tx, id, ifMatch)
		if err != nil {
			return err
		}
		if err := tx.Roles().Remove(ctx, id); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventRoleRemoved, domain.OnRole(id), domain.Details{"name": role.Name})
	})
}
