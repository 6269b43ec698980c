package orgs

import (
	"context"
	"strconv"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UpdateSettingsNeeds is what UpdateSettings requires of its caller.
var UpdateSettingsNeeds = proof.Needs{Permission: domain.PermOrgSettingsUpdate, Action: domain.ActionOrgSettingsUpdate}

// UpdateSettings changes the settings of the caller's org. The change takes effect at once, because
// every request and every sign-in reads the settings.
type UpdateSettings struct {
	proof.Guard
	Factors proof.Factors
}

// UpdateSettingsInput is a change, and the policy versions that it applies to; none: any.
type UpdateSettingsInput struct {
	Change  domain.SettingsChange
	IfMatch domain.Versions
}

// Execute returns ErrPreconditionFailed when the settings have another version, and
// ErrLocksOutOwners or ErrLocksOutCaller when no owner, or not the caller, would be sure to be able
// to sign in again. It returns CodeInvalid for a change that requires passkeys where the service cannot
// use them. If devices are not to be remembered any more, it forgets every one of the org.
func (uc UpdateSettings) Execute(ctx context.Context, caller domain.Caller, in UpdateSettingsInput) (next domain.OrgSettings, err error) {
	err = uc.Change(ctx, caller, UpdateSettingsNeeds, func(tx proof.Unit) error {
		settings, err := tx.Org().LockSettings(ctx)
		if err != nil {
			return err
		}
		if err := in.IfMatch.Check(settings.PolicyVersion); err != nil {
			return err
		}
		if next, err = settings.Changed(in.Change, uc.Limits, tx.Now); err != nil || next.PolicyVersion == settings.PolicyVersion {
			return err
		}
		if err := canRequirePasskeys(uc.Factors, settings, next); err != nil {
			return err
		}
		r, err := rehearsal(ctx, tx, settings.Policy(uc.Limits), next.Policy(uc.Limits))
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
			forgotten, err := tx.Devices().ForgetAllOfOrg(ctx, domain.DeviceSettingTurnedOff, tx.Now)
			if err != nil {
				return err
			}
			details["devices_forgotten"] = strconv.Itoa(forgotten)
		}
		return tx.Record(ctx, domain.EventOrgSettingsUpdated, domain.OnOrg(caller.Org.ID), details)
	})
	return next, err
}

// canRequirePasskeys returns CodeInvalid for a change that requires passkeys where the service cannot use them.
func canRequirePasskeys(factors proof.Factors, settings, next domain.OrgSettings) error {
	requires := next.PhishingResistant != settings.PhishingResistant && next.PhishingResistant != string(domain.CoverageOff)
	if !requires || factors.Available(domain.FactorPasskey) == nil {
		return nil
	}
	return domain.Invalid("phishing_resistant", "must be off, because this deployment cannot use passkeys")
}
