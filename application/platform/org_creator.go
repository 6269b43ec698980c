package platform

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// orgCreator creates orgs with the settings and system roles that every org starts with. created
// returns the audit event of something that was created.
type orgCreator struct {
	platform port.Platform
	newID    port.NewID
	limits   domain.ServerLimits
	created  func(domain.EventName, domain.Resource) domain.AuditEvent
}

// create stores the org with its settings and system roles, and runs then in the same unit of work.
func (c orgCreator) create(ctx context.Context, org domain.Org, then func(port.OrgTx) error) error {
	return c.createWith(ctx, org, domain.DefaultOrgSettings(c.limits, org.CreatedAt), then)
}

// createWith is create with other settings.
func (c orgCreator) createWith(ctx context.Context, org domain.Org, settings domain.OrgSettings, then func(port.OrgTx) error) error {
	return c.platform.CreateOrg(ctx, org, settings, func(tx port.OrgTx) error {
		for _, name := range domain.SystemRoles() {
			role := domain.Role{ID: domain.RoleID(c.newID()), Name: name, System: true, CreatedAt: org.CreatedAt, Version: 1}
			if err := tx.Roles().Insert(ctx, role); err != nil {
				return err
			}
		}
		if err := tx.Audit().Append(ctx, c.created(domain.EventOrgCreated, domain.OnOrg(org.ID))); err != nil {
			return err
		}
		return then(tx)
	})
}

// addOwner stores the account as an owner of the unit's org.
func (c orgCreator) addOwner(ctx context.Context, tx port.OrgTx, owner domain.User) error {
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
		return tx.Audit().Append(ctx, c.created(domain.EventAccountCreated, domain.OnAccount(owner.ID)))
	}
	return errors.New("the org has no owner role")
}
