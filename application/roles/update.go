package roles

import (
	"context"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Update changes a role of the org's own, at once for all who hold it.
type Update struct {
	Store port.Store
	Guard proof.Guard
	Clock port.Clock
	NewID port.NewID
}

// UpdateInput is the change and, perhaps, the version that it was made for.
type UpdateInput struct {
	Change  domain.RoleChange
	IfMatch domain.Versions
}

// Execute refuses who lacks what the role grants, or is to grant, with ErrEscalation: else an
// account above their own could be cut down.
func (uc Update) Execute(ctx context.Context, caller domain.Caller, id domain.RoleID, in UpdateInput) (next domain.Role, err error) {
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionRoleManage, func() (domain.Role, error) {
		return uc.update(ctx, caller, id, in)
	})
}

func (uc Update) update(ctx context.Context, caller domain.Caller, id domain.RoleID, in UpdateInput) (next domain.Role, err error) {
	now := uc.Clock()
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		caller, role, err := managed(ctx, tx, caller, id)
		if err != nil {
			return err
		}
		if err := in.IfMatch.Check(role.Version); err != nil {
			return err
		}
		if next, err = role.Changed(in.Change, caller.Org); err != nil || next.Equal(role) {
			return err
		}
		if err := caller.Grants([]domain.Role{next}); err != nil {
			return err
		}
		if err := fits(ctx, tx, next, 0); err != nil {
			return err
		}
		if err := tx.Roles().Update(ctx, next); err != nil {
			return err
		}
		next.Version++
		return tx.Audit().Append(ctx, event(domain.EventRoleUpdated, uc.NewID, caller, id, now, role.Differences(next)))
	})
	return next, err
}

// managed loads a role that the caller may change. The org is locked from then on.
func managed(ctx context.Context, tx port.OrgTx, caller domain.Caller, id domain.RoleID) (domain.Caller, domain.Role, error) {
	caller, err := application.Authorize(ctx, tx, caller, domain.PermRoleManage)
	if err != nil {
		return caller, domain.Role{}, err
	}
	role, err := tx.Roles().Get(ctx, id)
	if err != nil {
		return caller, role, err
	}
	if role.System {
		return caller, role, domain.ErrSystemRole
	}
	return caller, role, caller.Grants([]domain.Role{role})
}

// Remove takes a role of the org's own away.
type Remove struct {
	Store port.Store
	Guard proof.Guard
	Clock port.Clock
	NewID port.NewID
}

// Execute refuses a role that an account holds with ErrRoleHeld, so that nobody loses a
// permission unseen, and a version that is not in ifMatch with ErrPreconditionFailed.
func (uc Remove) Execute(ctx context.Context, caller domain.Caller, id domain.RoleID, ifMatch domain.Versions) error {
	return uc.Guard.Do(ctx, caller, domain.ActionRoleManage, func() error { return uc.remove(ctx, caller, id, ifMatch) })
}

func (uc Remove) remove(ctx context.Context, caller domain.Caller, id domain.RoleID, ifMatch domain.Versions) error {
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		caller, role, err := managed(ctx, tx, caller, id)
		if err != nil {
			return err
		}
		if err := ifMatch.Check(role.Version); err != nil {
			return err
		}
		if err := tx.Roles().Remove(ctx, id); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventRoleRemoved, uc.NewID, caller, id, now, map[string]string{"name": role.Name}))
	})
}
