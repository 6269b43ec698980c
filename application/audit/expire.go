package audit

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Expire removes events that are older than their org keeps them: whole seals, oldest first.
// The seals stay, so that what is left goes on being provable.
type Expire struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// expireBatch is how many seals one unit removes the events of.
const expireBatch = 50

// Execute says how many events were removed. An org that fails keeps none of the others
// waiting.
func (uc Expire) Execute(ctx context.Context) (removed int, err error) {
	for after := domain.OrgID(""); ; {
		ages, err2 := uc.Store.Platform().AuditAges(ctx, after, orgPage)
		if err2 != nil || len(ages) == 0 {
			return removed, errors.Join(err, err2)
		}
		for _, age := range ages {
			if age.Oldest.IsZero() || !age.Oldest.Before(uc.Clock().AddDate(0, 0, -age.Days)) {
				continue
			}
			n, failure := uc.org(ctx, age.Org)
			if removed += n; failure != nil {
				err = errors.Join(err, failure)
			}
			if ctx.Err() != nil {
				return removed, ctx.Err()
			}
		}
		after = ages[len(ages)-1].Org
	}
}

func (uc Expire) org(ctx context.Context, org domain.OrgID) (removed int, err error) {
	for {
		n, err := uc.batch(ctx, org, uc.Clock())
		removed += n
		if err != nil || n == 0 {
			return removed, err
		}
	}
}

// batch removes a bounded number of events by the setting of this moment, and notes it. The
// note is sealed in its turn: it explains why the events of earlier seals are gone.
func (uc Expire) batch(ctx context.Context, org domain.OrgID, now time.Time) (removed int, err error) {
	err = uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		removed = 0
		if _, err := tx.Org().Lock(ctx); err != nil {
			return err
		}
		settings, err := tx.Org().LockSettings(ctx)
		if err != nil || settings.AuditLogRetentionDays == 0 {
			return err
		}
		expiry, err := tx.AuditSeals().Expire(ctx, settings.AuditCutoff(now), expireBatch)
		if err != nil || expiry.Events == 0 {
			return err
		}
		removed, expiry.Days = expiry.Events, settings.AuditLogRetentionDays
		return tx.Audit().Append(ctx, domain.AuditEvent{
			ID: domain.EventID(uc.NewID()), At: now, Name: domain.EventAuditExpired, Outcome: domain.OutcomeSuccess,
			ResourceType: "audit_events", Details: expiry.Details(),
		})
	})
	return removed, err
}
