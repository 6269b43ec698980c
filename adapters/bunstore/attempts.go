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

type attempts struct{ *orgTx }

// lockAttempts makes the row when it is new: an update that changes nothing locks it
// either way. It and getAttempts run at every sign-in, so PostgreSQL prepares them.
const (
	attemptsColumns = "failures, window_end, locked_until, reserved, reserved_till"
	lockAttempts    = "INSERT INTO attempts (org_id, key, failures, reserved) VALUES ($1, $2, 0, 0) " +
		"ON CONFLICT (org_id, key) DO UPDATE SET key = EXCLUDED.key RETURNING " + attemptsColumns
	getAttempts = "SELECT " + attemptsColumns + " FROM attempts WHERE org_id = $1 AND key = $2"
)

func (r attempts) Lock(ctx context.Context, key string) (domain.Attempts, error) {
	return r.read(ctx, lockAttempts, key)
}

func (r attempts) Get(ctx context.Context, key string) (domain.Attempts, error) {
	return r.read(ctx, getAttempts, key)
}

func (r attempts) read(ctx context.Context, statement, key string) (a domain.Attempts, err error) {
	err = r.dialect.observed(ctx, "SELECT attempts", func(ctx context.Context) error {
		return r.db.Tx.QueryRowContext(ctx, statement, string(r.org), key).
			Scan(&a.Failures, at(&a.WindowEnd), at(&a.LockedUntil), &a.Reserved, at(&a.ReservedTill))
	})
	return a, r.one(err, nil)
}

func (r attempts) Save(ctx context.Context, key string, a domain.Attempts) error {
	if a == (domain.Attempts{}) {
		return r.done(r.deletes((*attemptsRow)(nil)).Where("key = ?", key).Exec(ctx))
	}
	return r.done(r.db.NewInsert().Model(newAttemptsRow(r.org, key, a)).On("CONFLICT (org_id, key) DO UPDATE").
		Set("failures = EXCLUDED.failures").Set("window_end = EXCLUDED.window_end").Set("locked_until = EXCLUDED.locked_until").
		Set("reserved = EXCLUDED.reserved").Set("reserved_till = EXCLUDED.reserved_till").Exec(ctx))
}
