package files

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Sweep removes files that no row knows: what broken uploads, and removals that were cut
// short, have left.
type Sweep struct {
	Store port.Store
	Files port.FileStore
	Clock port.Clock
}

// SweepAfter is how long a file is left alone: much longer than an upload takes until its row
// is committed.
const SweepAfter = time.Hour

// Execute says how many files were removed, and how many orgs have files and are not in the
// database. Nothing of such an org is touched, for the database may be another one than the
// folder belongs to; nor of one about which the database cannot be asked.
func (uc Sweep) Execute(ctx context.Context) (removed, strangers int, err error) {
	orgs, err := uc.Files.Orgs(ctx)
	if err != nil {
		return 0, 0, err
	}
	before := uc.Clock().Add(-SweepAfter)
	for _, org := range orgs {
		n, failure := uc.org(ctx, org, before)
		removed += n
		if errors.Is(failure, domain.ErrOrgNotFound) {
			strangers++
			continue
		}
		if err = errors.Join(err, failure); ctx.Err() != nil {
			return removed, strangers, err
		}
	}
	return removed, strangers, err
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
