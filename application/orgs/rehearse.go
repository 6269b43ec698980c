package orgs

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// maxSignIns is how many sign-ins a preview goes through once more, the newest of them.
const maxSignIns = 200_000

// PreviewSettings tells what a change of settings would do, without doing it.
type PreviewSettings struct {
	Store  port.Store
	Clock  port.Clock
	Limits domain.ServerLimits
}

// Preview is what a draft would do.
type Preview struct {
	domain.Forecast
	Differences    map[string]string // by setting: "before -> after"
	PolicyVersion  int64             // of the settings that the draft was compared with
	Complete       bool              // whether every sign-in of the time was gone through
	EndsOwnSession bool
}

// Execute checks the draft as UpdateSettings does. All but the sign-ins is counted in full;
// whatever the size of the org, it is a handful of questions.
func (uc PreviewSettings) Execute(ctx context.Context, caller domain.Caller, change domain.SettingsChange) (p Preview, err error) {
	now := uc.Clock()
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		settings, err := tx.Org().Settings(ctx)
		if err != nil {
			return err
		}
		next, err := settings.Changed(change, uc.Limits, now)
		if err != nil {
			return err
		}
		r, err := rehearsal(ctx, tx, caller, settings.Policy(uc.Limits), next.Policy(uc.Limits), now)
		if err == nil {
			err = census(ctx, tx, &r)
		}
		p = Preview{Forecast: r.Forecast(), Differences: settings.Differences(next), PolicyVersion: settings.PolicyVersion}
		p.Complete = p.SignIns < maxSignIns
		p.EndsOwnSession = !caller.ActingFor() && domain.DecideSession(r.Draft, caller.SessionFacts(), now).Outcome != domain.SessionInOrder
		return err
	})
	return p, err
}

// rehearsal asks only what a refusal depends on.
func rehearsal(ctx context.Context, tx port.OrgTx, caller domain.Caller, current, draft domain.Policy, now time.Time) (domain.Rehearsal, error) {
	r := domain.Rehearsal{Now: now, Current: current, Draft: draft, Caller: caller.User.ID}
	if caller.ActingFor() {
		r.Caller = ""
	}
	ways, err := tx.Census().WaysIn(ctx, r.Caller, now.AddDate(0, 0, -domain.RehearsalDays), now)
	for i, way := range ways {
		if way.User.ID == r.Caller && caller.Session.ACR() == domain.AAL2 {
			ways[i].CodeShown = true
		}
	}
	r.WaysIn = ways
	return r, err
}

// census asks the rest of what a forecast counts.
func census(ctx context.Context, tx port.OrgTx, r *domain.Rehearsal) (err error) {
	seen := [2]time.Time{r.Now.Add(-r.Current.IdleTimeout), r.Now.Add(-r.Draft.IdleTimeout)}
	if r.Sessions, err = tx.Census().Sessions(ctx, r.Now, seen); err != nil {
		return err
	}
	if r.Accounts, err = tx.Census().Accounts(ctx); err != nil {
		return err
	}
	made := [2]time.Time{r.Now.AddDate(0, 0, -r.Current.RememberDeviceDays), r.Now.AddDate(0, 0, -r.Draft.RememberDeviceDays)}
	if r.Devices, err = tx.Census().Devices(ctx, r.Now, made); err != nil {
		return err
	}
	r.SignIns, err = tx.Census().SignIns(ctx, r.Now.AddDate(0, 0, -domain.RehearsalDays), maxSignIns)
	return err
}
