package roles

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ListNeeds is what List requires of its caller.
var ListNeeds = proof.Needs{Permission: domain.PermRoleRead}

// List returns every role of the org, system roles first.
type List struct{ proof.Guard }

// Execute needs no paging: an org has at most domain.MaxCustomRoles of its own.
func (uc List) Execute(ctx context.Context, caller domain.Caller) (found []domain.Role, err error) {
	err = uc.Read(ctx, caller, ListNeeds, func(tx proof.Unit) (err error) {
		found, err = tx.Roles().List(ctx)
		return err
	})
	return found, err
}

// CountHoldersNeeds is what CountHolders requires of its caller.
var CountHoldersNeeds = proof.Needs{Permission: domain.PermRoleRead}

// CountHolders counts the accounts that hold each role of the org.
type CountHolders struct{ proof.Guard }

// Execute leaves out roles that no account holds.
func (uc CountHolders) Execute(ctx context.Context, caller domain.Caller) (counts map[domain.RoleID]int, err error) {
	err = uc.Read(ctx, caller, CountHoldersNeeds, func(tx proof.Unit) (err error) {
		counts, err = tx.Roles().CountHolders(ctx)
		return err
	})
	return counts, err
}

// GetNeeds is what Get requires of its caller.
var GetNeeds = proof.Needs{Permission: domain.PermRoleRead}

// Get returns one role of the org.
type Get struct{ proof.Guard }

// Execute returns ErrNotFound for a role that the caller's org does not have.
func (uc Get) Execute(ctx context.Context, caller domain.Caller, id domain.RoleID) (found domain.Role, err error) {
	err = uc.Read(ctx, caller, GetNeeds, func(tx proof.Unit) (err error) {
		found, err = tx.Roles().Get(ctx, id)
		return err
	})
	return found, err
}

// ListPermissionsNeeds is what ListPermissions requires of its caller.
var ListPermissionsNeeds = proof.Needs{Permission: domain.PermRoleRead}

// ListPermissions returns the permissions that a role of the org can grant.
type ListPermissions struct{ proof.Guard }

// Execute leaves out the permissions of platform operators, except in their own org.
func (uc ListPermissions) Execute(ctx context.Context, caller domain.Caller) (grantable []domain.Permission, err error) {
	err = uc.Allow(ctx, caller, ListPermissionsNeeds, func(proof.Access) error {
		for _, permission := range domain.Permissions() {
			if !permission.Platform() || caller.Org.Platform {
				grantable = append(grantable, permission)
			}
		}
		return nil
	})
	return grantable, err
}
