package platform

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// founder makes orgs with all that every org starts with. made is the event of something
// new, and says who made it.
type founder struct {
	store  port.Store
	newID  port.NewID
	limits domain.ServerLimits
	made   func(name domain.EventName, kind, id string) domain.AuditEvent
}

// found stores the org with its settings and the system roles, and runs then in the same unit.
func (f founder) found(ctx context.Context, org domain.Org, then func(port.OrgTx) error) error {
	settings := domain.DefaultOrgSettings(f.limits, org.CreatedAt)
	return f.store.Platform().CreateOrg(ctx, org, settings, func(tx port.OrgTx) error {
		for _, name := range domain.SystemRoles() {
			role := domain.Role{ID: domain.RoleID(f.newID()), Name: name, System: true, CreatedAt: org.CreatedAt, Version: 1}
			if err := tx.Roles().Insert(ctx, role); err != nil {
				return err
			}
		}
		if err := tx.Audit().Append(ctx, f.made(domain.EventOrgCreated, "org", string(org.ID))); err != nil {
			return err
		}
		return then(tx)
	})
}

// admit stores the account as an owner of the unit's org.
func (f founder) admit(ctx context.Context, tx port.OrgTx, owner domain.User) error {
	if err := tx.Users().Insert(ctx, owner); err != nil {
		return err
	}
	roles, err := tx.Roles().List(ctx)
	if err != nil {
		return err
	}
	for _, role := range roles {
		if !domain.IsOwner([]domain.Role{role}) {
			continue
		}
		if err := tx.Roles().Assign(ctx, owner.ID, []domain.RoleID{role.ID}); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, f.made(domain.EventAccountCreated, "account", string(owner.ID)))
	}
	return errors.New("the org has no owner role")
}
