package files

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Sweep removes content that has no row: what interrupted uploads and removals have left.
type Sweep struct {
	Store port.Store
	Files port.FileStore
	Clock port.Clock
}

// SweepAfter is the age from which content without a row is removed: much longer than an upload takes
// until its row is committed.
const SweepAfter = time.Hour

// Execute returns how many files it removed, and how many orgs have files and are not in the database.
// It removes no file of such an org, because the folder may belong to another database, and none of an
// org that cannot be read from the database.
func (uc Sweep) Execute(ctx context.Context) (removed, unknown int, err error) {
	orgs, err := uc.Files.Orgs(ctx)
	if err != nil {
		return 0, 0, err
	}
	before := uc.Clock().Add(-SweepAfter)
	for _, org := range orgs {
		n, failure := uc.org(ctx, org, before)
		removed += n
		if errors.Is(failure, domain.ErrOrgNotFound) {
			unknown++
			continue
		}
		if err = errors.Join(err, failure); ctx.Err() != nil {
			return removed, unknown, err
		}
	}
	return removed, unknown, err
}

func (uc Sweep) org(ctx context.Context, org domain.OrgID, before time.Time) (removed int, err error) {
	err = uc.Files.Stored(ctx, org, before, func(ids []domain.FileID) error {
		var known []domain.FileID
		err := uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
			if _, err = tx.Org().Get(ctx); err != nil {
				return err
			}
			known, err = tx.Files().Known(ctx, ids)
			return err
		})
		if err != nil {
			return err
		}
		for _, id := range ids {
			if slices.Contains(known, id) {
				continue
			}
			if err := uc.Files.Remove(ctx, org, id); err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	return removed, err
}
