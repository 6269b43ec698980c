package orgs

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// maxSignIns is how many sign-ins a preview evaluates: the newest ones.
const maxSignIns = 200_000

// PreviewSettingsNeeds is what PreviewSettings requires of its caller.
var PreviewSettingsNeeds = proof.Needs{Permission: domain.PermOrgSettingsUpdate}

// PreviewSettings returns what a change of settings would do, without doing it.
type PreviewSettings struct {
	proof.Guard
	Factors proof.Factors
}

// Preview is what a change would do.
type Preview struct {
	domain.Forecast
	Differences    map[string]string // by setting: "before -> after"
	PolicyVersion  int64             // of the current settings
	Complete       bool              // whether every sign-in of the last RehearsalDays days was evaluated
	EndsOwnSession bool              // whether the caller's own session would end
}

// Execute checks the change as UpdateSettings does. Everything but the sign-ins is counted in
// full, by a fixed number of queries.
func (uc PreviewSettings) Execute(ctx context.Context, caller domain.Caller, change domain.SettingsChange) (p Preview, err error) {
	err = uc.Read(ctx, caller, PreviewSettingsNeeds, func(tx proof.Unit) error {
		settings, err := tx.Org().Settings(ctx)
		if err != nil {
			return err
		}
		next, err := settings.Changed(change, uc.Limits, tx.Now)
		if err != nil {
			return err
		}
		if err := canRequirePasskeys(uc.Factors, settings, next); err != nil {
			return err
		}
		r, err := rehearsal(ctx, tx, settings.Policy(uc.Limits), next.Policy(uc.Limits))
		if err == nil {
			err = countImpact(ctx, tx, &r)
		}
		p = Preview{Forecast: r.Forecast(), Differences: settings.Differences(next), PolicyVersion: settings.PolicyVersion}
		p.Complete = p.SignIns < maxSignIns
		p.EndsOwnSession = !caller.ActingFor() && !caller.Service() &&
			domain.DecideSession(r.Draft, caller.SessionFacts(), tx.Now).Outcome != domain.SessionInOrder
		return err
	})
	return p, err
}

// rehearsal reads only what a refusal depends on.
func rehearsal(ctx context.Context, tx proof.Unit, current, draft domain.Policy) (domain.Rehearsal, error) {
	r := domain.Rehearsal{Now: tx.Now, Current: current, Draft: draft, Caller: tx.Caller.User.ID}
	if tx.Caller.ActingFor() || tx.Caller.Service() {
		r.Caller = ""
	}
	ways, err := tx.ImpactCounts().WaysIn(ctx, r.Caller, r.Now.AddDate(0, 0, -domain.RehearsalDays), r.Now)
	for i, way := range ways {
		if way.User.ID == r.Caller && tx.Caller.Session.ACR() == domain.AAL2 {
			ways[i].CodeShown = true
		}
	}
	r.WaysIn = ways
	return r, err
}

// countImpact reads the rest of what a forecast counts.
func countImpact(ctx context.Context, tx port.OrgTx, r *domain.Rehearsal) (err error) {
	seen := [2]time.Time{r.Now.Add(-r.Current.IdleTimeout), r.Now.Add(-r.Draft.IdleTimeout)}
	if r.Sessions, err = tx.ImpactCounts().Sessions(ctx, r.Now, seen); err != nil {
		return err
	}
	if r.Accounts, err = tx.ImpactCounts().Accounts(ctx); err != nil {
		return err
	}
	made := [2]time.Time{r.Now.AddDate(0, 0, -r.Current.RememberDeviceDays), r.Now.AddDate(0, 0, -r.Draft.RememberDeviceDays)}
	if r.Devices, err = tx.ImpactCounts().Devices(ctx, r.Now, made); err != nil {
		return err
	}
	if r.ServiceAccounts, err = tx.ImpactCounts().ServiceAccounts(ctx, r.Now); err != nil {
		return err
	}
	r.SignIns, err = tx.ImpactCounts().SignIns(ctx, r.Now.AddDate(0, 0, -domain.RehearsalDays), maxSignIns)
	return err
}
