package orgs

import (
	"context"
	"strconv"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UpdateSettings changes what the org demands of its members. It is effective at once:
// every request and every sign-in asks the settings as they are.
type UpdateSettings struct {
	Store  port.Store
	Guard  proof.Guard
	Clock  port.Clock
	NewID  port.NewID
	Limits domain.ServerLimits
}

// UpdateSettingsInput is the change and, perhaps, the policy version that it was made for.
type UpdateSettingsInput struct {
	Change  domain.SettingsChange
	IfMatch domain.Versions
}

// Execute refuses a change made for another version with ErrPreconditionFailed. Devices
// that the org does not want remembered any more are forgotten. What could leave no owner, or
// not the caller, able to sign in again is ErrLocksOutOwners or ErrLocksOutCaller.
func (uc UpdateSettings) Execute(ctx context.Context, caller domain.Caller, in UpdateSettingsInput) (next domain.OrgSettings, err error) {
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionOrgSettingsUpdate, func() (domain.OrgSettings, error) {
		return uc.update(ctx, caller, in)
	})
}

func (uc UpdateSettings) update(ctx context.Context, caller domain.Caller, in UpdateSettingsInput) (next domain.OrgSettings, err error) {
	now := uc.Clock()
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		settings, err := tx.Org().LockSettings(ctx)
		if err != nil {
			return err
		}
		if err := in.IfMatch.Check(settings.PolicyVersion); err != nil {
			return err
		}
		if next, err = settings.Changed(in.Change, uc.Limits, now); err != nil || next.PolicyVersion == settings.PolicyVersion {
			return err
		}
		r, err := rehearsal(ctx, tx, caller, settings.Policy(uc.Limits), next.Policy(uc.Limits), now)
		if err != nil {
			return err
		}
		if err := r.Refusal(); err != nil {
			return err
		}
		if err := tx.Org().SaveSettings(ctx, next); err != nil {
			return err
		}
		details := settings.Differences(next)
		if domain.Forgets(r.Current, r.Draft) {
			forgotten, err := tx.Devices().ForgetAllOfOrg(ctx, domain.DeviceSettingTurnedOff, now)
			if err != nil {
				return err
			}
			details["devices_forgotten"] = strconv.Itoa(forgotten)
		}
		return tx.Audit().Append(ctx, domain.AuditEvent{
			ID: domain.EventID(uc.NewID()), At: now, Name: domain.EventOrgSettingsUpdated, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
			ResourceType: "org", ResourceID: string(caller.Org.ID), Origin: caller.Origin, Details: details,
		})
	})
	return next, err
}
