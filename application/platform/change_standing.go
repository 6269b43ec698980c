package platform

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ChangeStandingNeeds is what ChangeStanding requires of its caller.
var ChangeStandingNeeds = proof.Needs{Permission: domain.PermPlatformManage, Action: domain.ActionOrgManage}

// ChangeStanding suspends or activates an org. Both take effect at once, because every sign-in,
// refresh and request reads the org's status.
type ChangeStanding struct{ proof.Guard }

// Execute returns ErrPlatformOrg for a suspension of the operators' own org, and ErrNotFound for
// an unknown org. An org that has the status already stays unchanged.
func (uc ChangeStanding) Execute(
	ctx context.Context, caller domain.Caller, id domain.OrgID, status domain.Status,
) (org domain.Org, err error) {
	event := domain.EventOrgActivated
	if status == domain.StatusSuspended {
		event = domain.EventOrgSuspended
	}
	err = uc.Allow(ctx, caller, ChangeStandingNeeds, func(access proof.Access) error {
		return access.In(ctx, id, string(event), func(tx proof.Unit) error {
			before, err := tx.Org().Lock(ctx)
			if err != nil {
				return err
			}
			if org = before; status == domain.StatusSuspended {
				err = org.Suspend(tx.Now)
			} else {
				org.Activate(tx.Now)
			}
			if err != nil || org == before {
				return err
			}
			if err := tx.Org().Update(ctx, org); err != nil {
				return err
			}
			org.Version++
			return tx.Record(ctx, event, domain.OnOrg(id), before.Differences(org))
		})
	})
	return org, err
}
