package members

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// RemoveInactive removes accounts that have not been used for the org's
// inactive_user_retention_days. Owners are never removed. files.Sweep removes the avatars later.
type RemoveInactive struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

const (
	orgsAtOnce     = 100
	inactiveAtOnce = 50 // accounts per unit of work
)

// Execute returns how many accounts it removed. When one org fails it continues with the others
// and returns the error at the end.
func (uc RemoveInactive) Execute(ctx context.Context) (removed int, err error) {
	for after := domain.OrgID(""); ; {
		orgs, failure := uc.Store.Platform().RemovingInactive(ctx, after, orgsAtOnce)
		if failure != nil || len(orgs) == 0 {
			return removed, errors.Join(err, failure)
		}
		for _, org := range orgs {
			n, failure := uc.org(ctx, org)
			removed, err = removed+n, errors.Join(err, failure)
			if ctx.Err() != nil {
				return removed, ctx.Err()
			}
		}
		after = orgs[len(orgs)-1]
	}
}

func (uc RemoveInactive) org(ctx context.Context, org domain.OrgID) (removed int, err error) {
	for {
		var n int
		err := uc.Store.InOrg(ctx, org, func(tx port.OrgTx) (err error) {
			n, err = uc.some(ctx, tx, uc.Clock())
			return err
		})
		if removed += n; err != nil || n == 0 {
			return removed, err
		}
	}
}

// some removes up to inactiveAtOnce accounts and returns how many. It uses the setting as of the
// unit.
func (uc RemoveInactive) some(ctx context.Context, tx port.OrgTx, now time.Time) (int, error) {
	if _, err := tx.Org().Lock(ctx); err != nil {
		return 0, err
	}
	settings, err := tx.Org().LockSettings(ctx)
	if err != nil || settings.InactiveUserRetentionDays == 0 {
		return 0, err
	}
	days := settings.InactiveUserRetentionDays
	idle, err := tx.Users().Inactive(ctx, now.AddDate(0, 0, -days), inactiveAtOnce)
	if err != nil {
		return 0, err
	}
	for _, id := range idle {
		if err := tx.Users().Remove(ctx, id); err != nil {
			return 0, err
		}
		details := domain.Details{"reason": "inactive", "days": strconv.Itoa(days)}
		removed := domain.Actor{}.Did(domain.EventAccountRemoved, domain.OnAccount(id), details)
		if err := tx.Audit().Append(ctx, removed.Stamp(uc.NewID(), now)); err != nil {
			return 0, err
		}
	}
	return len(idle), nil
}
