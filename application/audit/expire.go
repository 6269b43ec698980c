package audit

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Expire removes events that are older than the org's audit_log_retention_days: the events of whole
// seals, oldest first. The seals stay, so that the remaining events can still be verified. Then it frees the storage of past
// months without events.
type Expire struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// expireBatch is the number of seals whose events one unit removes.
const expireBatch = 50

// Execute returns how many events it removed. When one org fails it continues with the others.
func (uc Expire) Execute(ctx context.Context) (removed int, err error) {
	removed, err = uc.everyOrg(ctx)
	if ctx.Err() == nil {
		_, failure := uc.Store.Platform().PartitionAudit(ctx)
		err = errors.Join(err, failure)
	}
	return removed, err
}

func (uc Expire) everyOrg(ctx context.Context) (removed int, err error) {
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

// batch removes the events of up to expireBatch seals, by the setting as of the unit, and records it. The
// event of the removal is sealed too, and explains why the events of earlier seals are missing.
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
		event := domain.Actor{}.Did(domain.EventAuditExpired, domain.OnAuditLog(), expiry.Details())
		return tx.Audit().Append(ctx, event.Stamp(uc.NewID(), now))
	})
	return removed, err
}
