package roles

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Create makes a role of the org's own.
type Create struct {
	Store port.Store
	Guard proof.Guard
	Clock port.Clock
	NewID port.NewID
}

// CreateInput is what the role is called and what it grants.
type CreateInput struct {
	Name, Description string
	Permissions       []domain.Permission
}

// Execute refuses what the caller lacks with ErrEscalation, a name in use, whatever its
// letter case, with ErrRoleNameTaken, and one role too many with ErrTooManyRoles.
func (uc Create) Execute(ctx context.Context, caller domain.Caller, in CreateInput) (role domain.Role, err error) {
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionRoleManage, func() (domain.Role, error) {
		return uc.create(ctx, caller, in)
	})
}

func (uc Create) create(ctx context.Context, caller domain.Caller, in CreateInput) (role domain.Role, err error) {
	now := uc.Clock()
	if role, err = domain.NewRole(domain.RoleID(uc.NewID()), in.Name, in.Description, in.Permissions, caller.Org, now); err != nil {
		return role, err
	}
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		caller, err := application.Authorize(ctx, tx, caller, domain.PermRoleManage)
		if err != nil {
			return err
		}
		if err := caller.Grants([]domain.Role{role}); err != nil {
			return err
		}
		if err := fits(ctx, tx, role, 1); err != nil {
			return err
		}
		if err := tx.Roles().Insert(ctx, role); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventRoleCreated, uc.NewID, caller, role.ID, now, domain.Role{}.Differences(role)))
	})
	return role, err
}

// fits tells whether the role may stand among the org's others, of which there are to be
// more by added. The org is locked.
func fits(ctx context.Context, tx port.OrgTx, role domain.Role, added int) error {
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

func event(name domain.EventName, newID port.NewID, caller domain.Caller, id domain.RoleID, now time.Time, details map[string]string) domain.AuditEvent {
	e := application.Did(name, newID, caller, now, "role", string(id))
	e.Details = details
	return e
}
