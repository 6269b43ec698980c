package orgs

import (
	"context"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Update changes what an org is called: by its own administrators, or by a platform
// operator, who may name any org.
type Update struct {
	Store     port.Store
	Crossings application.Crossings
	Guard     proof.Guard
	Clock     port.Clock
	NewID     port.NewID
}

// UpdateInput is the org, the change and, perhaps, the version that it was made for.
type UpdateInput struct {
	Org     domain.OrgID
	Change  domain.OrgChange
	IfMatch domain.Versions
}

// Execute refuses a change made for another version with ErrPreconditionFailed, a slug in
// use with ErrSlugTaken, and an org that is not there with ErrNotFound.
func (uc Update) Execute(ctx context.Context, caller domain.Caller, in UpdateInput) (next domain.Org, err error) {
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionOrgManage, func() (domain.Org, error) {
		return uc.update(ctx, caller, in)
	})
}

func (uc Update) update(ctx context.Context, caller domain.Caller, in UpdateInput) (next domain.Org, err error) {
	if err := uc.Crossings.LeaveFor(ctx, caller, "org.update", in.Org); err != nil {
		return next, err
	}
	now := uc.Clock()
	err = uc.Store.InOrg(ctx, in.Org, func(tx port.OrgTx) error {
		org, err := tx.Org().Lock(ctx)
		if err != nil {
			return err
		}
		if err := in.IfMatch.Check(org.Version); err != nil {
			return err
		}
		if next, err = org.Changed(in.Change, now); err != nil || next == org {
			return err
		}
		if err := tx.Org().Update(ctx, next); err != nil {
			return err
		}
		next.Version++
		return tx.Audit().Append(ctx, domain.AuditEvent{
			ID: domain.EventID(uc.NewID()), At: now, Name: domain.EventOrgUpdated, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
			ResourceType: "org", ResourceID: string(org.ID), Origin: caller.OriginIn(org.ID), Details: org.Differences(next),
		})
	})
	return next, err
}
