package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type attemptsRow struct {
	bun.BaseModel `bun:"table:attempts,alias:at"`

	OrgID        domain.OrgID `bun:",pk"`
	Key          string       `bun:",pk"`
	Failures     int
	WindowEnd    time.Time `bun:",nullzero"`
	LockedUntil  time.Time `bun:",nullzero"`
	Reserved     int
	ReservedTill time.Time `bun:",nullzero"`
}

func newAttemptsRow(org domain.OrgID, key string, a domain.Attempts) *attemptsRow {
	return &attemptsRow{
		OrgID: org, Key: key, Failures: a.Failures, WindowEnd: a.WindowEnd,
		LockedUntil: a.LockedUntil, Reserved: a.Reserved, ReservedTill: a.ReservedTill,
	}
}

func (r *attemptsRow) attempts() domain.Attempts {
	return domain.Attempts{
		Failures: r.Failures, WindowEnd: r.WindowEnd.UTC(),
		LockedUntil: r.LockedUntil.UTC(), Reserved: r.Reserved, ReservedTill: r.ReservedTill.UTC(),
	}
}

type attempts struct{ *orgTx }

// Lock makes the row when it is new: an update that changes nothing locks it either way.
func (r attempts) Lock(ctx context.Context, key string) (domain.Attempts, error) {
	row := newAttemptsRow(r.org, key, domain.Attempts{})
	_, err := r.db.NewInsert().Model(row).On("CONFLICT (org_id, key) DO UPDATE").Set("key = EXCLUDED.key").Returning("*").Exec(ctx)
	return row.attempts(), r.dialect.translate(err)
}

func (r attempts) Get(ctx context.Context, key string) (domain.Attempts, error) {
	var row attemptsRow
	err := r.selects(&row).Where("at.key = ?", key).Scan(ctx)
	return row.attempts(), r.one(err, nil)
}

func (r attempts) Save(ctx context.Context, key string, a domain.Attempts) error {
	if a == (domain.Attempts{}) {
		return r.done(r.deletes((*attemptsRow)(nil)).Where("key = ?", key).Exec(ctx))
	}
	return r.done(r.db.NewInsert().Model(newAttemptsRow(r.org, key, a)).On("CONFLICT (org_id, key) DO UPDATE").
		Set("failures = EXCLUDED.failures").Set("window_end = EXCLUDED.window_end").Set("locked_until = EXCLUDED.locked_until").
		Set("reserved = EXCLUDED.reserved").Set("reserved_till = EXCLUDED.reserved_till").Exec(ctx))
}
