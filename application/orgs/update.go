package orgs

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UpdateInput is the change, and the versions of the org that it is meant for.
type UpdateInput struct {
	Change  domain.OrgChange
	IfMatch domain.Versions
}

// UpdateNeeds is what Update requires of its caller.
var UpdateNeeds = proof.Needs{Permission: domain.PermOrgUpdate, Action: domain.ActionOrgManage}

// Update changes the name or the slug of the caller's org.
type Update struct{ proof.Guard }

// Execute returns ErrPreconditionFailed when the org's version is not in IfMatch, and
// ErrSlugTaken for a slug in use.
func (uc Update) Execute(ctx context.Context, caller domain.Caller, in UpdateInput) (next domain.Org, err error) {
	err = uc.Change(ctx, caller, UpdateNeeds, func(tx proof.Unit) (err error) {
		next, err = in.update(ctx, tx)
		return err
	})
	return next, err
}

// UpdateAnyNeeds is what UpdateAny requires of its caller.
var UpdateAnyNeeds = proof.Needs{Permission: domain.PermPlatformManage, Action: domain.ActionOrgManage}

// UpdateAny is Update for a platform operator, who names the org.
type UpdateAny struct{ proof.Guard }

// Execute returns the errors of Update, and ErrNotFound for an unknown org.
func (uc UpdateAny) Execute(ctx context.Context, caller domain.Caller, id domain.OrgID, in UpdateInput) (next domain.Org, err error) {
	err = uc.Allow(ctx, caller, UpdateAnyNeeds, func(access proof.Access) error {
		return access.In(ctx, id, "org.update", func(tx proof.Unit) (err error) {
			next, err = in.update(ctx, tx)
			return err
		})
	})
	return next, err
}

func (in UpdateInput) update(ctx context.Context, tx proof.Unit) (next domain.Org, err error) {
	org, err := tx.Org().Lock(ctx)
	if err != nil {
		return next, err
	}
	if err := in.IfMatch.Check(org.Version); err != nil {
		return next, err
	}
	if next, err = org.Changed(in.Change, tx.Now); err != nil || next == org {
		return next, err
	}
	if err := tx.Org().Update(ctx, next); err != nil {
		return next, err
	}
	next.Version++
	return next, tx.Record(ctx, domain.EventOrgUpdated, domain.OnOrg(org.ID), org.Differences(next))
}
