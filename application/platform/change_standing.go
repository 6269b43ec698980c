package platform

import (
	"context"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ChangeStanding suspends an org or opens it again. Both are effective at once: every
// sign-in, refresh and request asks how the org stands.
type ChangeStanding struct {
	Store     port.Store
	Crossings application.Crossings
	Guard     proof.Guard
	Clock     port.Clock
	NewID     port.NewID
}

// Execute refuses to suspend the operators' own org with ErrPlatformOrg, and answers
// ErrNotFound for an org that is not there. An org that stands so already stays as it is.
func (uc ChangeStanding) Execute(ctx context.Context, caller domain.Caller, id domain.OrgID, status domain.Status) (org domain.Org, err error) {
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionOrgManage, func() (domain.Org, error) {
		return uc.change(ctx, caller, id, status)
	})
}

func (uc ChangeStanding) change(
	ctx context.Context, caller domain.Caller, id domain.OrgID, status domain.Status,
) (org domain.Org, err error) {
	event := domain.EventOrgActivated
	if status == domain.StatusSuspended {
		event = domain.EventOrgSuspended
	}
	if err := uc.Crossings.LeaveFor(ctx, caller, string(event), id); err != nil {
		return org, err
	}
	now := uc.Clock()
	err = uc.Store.InOrg(ctx, id, func(tx port.OrgTx) error {
		before, err := tx.Org().Lock(ctx)
		if err != nil {
			return err
		}
		if org = before; status == domain.StatusSuspended {
			err = org.Suspend(now)
		} else {
			org.Activate(now)
		}
		if err != nil || org == before {
			return err
		}
		if err := tx.Org().Update(ctx, org); err != nil {
			return err
		}
		org.Version++
		return tx.Audit().Append(ctx, domain.AuditEvent{
			ID: domain.EventID(uc.NewID()), At: now, Name: event, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
			ResourceType: "org", ResourceID: string(id), Origin: caller.OriginIn(id), Details: before.Differences(org),
		})
	})
	return org, err
}
