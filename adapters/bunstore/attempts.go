package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type attemptsRow struct {
	bun.BaseModel `bun:"table:attempts,alias:at"`
}

type attempts struct{ *orgTx }

// These statements run at every sign-in, so PostgreSQL prepares them. lockAttempts locks a row, and inserts it if it is missing:
// on conflict PostgreSQL locks the row before it looks at the condition. pairOfAttempts reads a row and another that may be missing.
const (
	attemptsColumns = "failures, window_end, locked_until, reserved, reserved_till"
	lockAttempts    = "INSERT INTO attempts (org_id, key, failures, reserved) VALUES ($1, $2, 0, 0) " +
		"ON CONFLICT (org_id, key) DO UPDATE SET key = EXCLUDED.key WHERE false"
	getAttempts    = "SELECT " + attemptsColumns + " FROM attempts WHERE org_id = $1 AND key = $2"
	pairOfAttempts = "SELECT a.failures, a.window_end, a.locked_until, a.reserved, a.reserved_till, " +
		"coalesce(o.failures, 0), o.window_end, o.locked_until, coalesce(o.reserved, 0), o.reserved_till " +
		"FROM attempts a LEFT JOIN attempts o ON o.org_id = a.org_id AND o.key = $3 WHERE a.org_id = $1 AND a.key = $2"
	saveAttempts = "INSERT INTO attempts (org_id, key, " + attemptsColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7) " +
		"ON CONFLICT (org_id, key) DO UPDATE SET failures = EXCLUDED.failures, window_end = EXCLUDED.window_end, " +
		"locked_until = EXCLUDED.locked_until, reserved = EXCLUDED.reserved, reserved_till = EXCLUDED.reserved_till"
	succeedAttempts = "UPDATE attempts SET failures = 0, window_end = NULL, locked_until = NULL, " +
		"reserved = CASE WHEN reserved > 0 THEN reserved - 1 ELSE 0 END, " +
		"reserved_till = CASE WHEN reserved > 1 THEN reserved_till END WHERE org_id = $1 AND key = $2"
	removeAttempts = "DELETE FROM attempts WHERE org_id = $1 AND key = $2"
)

func (r attempts) Lock(ctx context.Context, key string) (domain.Attempts, error) {
	locked, _, err := r.LockAndGet(ctx, key, "")
	return locked, err
}

// LockAndGet implements port.Attempts.
func (r attempts) LockAndGet(ctx context.Context, key, other string) (locked, read domain.Attempts, err error) {
	if err := r.queue(ctx, lockAttempts, string(r.org), key); err != nil {
		return locked, read, err
	}
	into := append(attemptsInto(&locked), attemptsInto(&read)...)
	err = r.dialect.observed(ctx, "SELECT attempts", func(ctx context.Context) error {
		return r.db.Tx.QueryRowContext(ctx, pairOfAttempts, string(r.org), key, other).Scan(into...)
	})
	return locked, read, r.done(nil, err)
}

func (r attempts) Get(ctx context.Context, key string) (a domain.Attempts, err error) {
	err = r.dialect.observed(ctx, "SELECT attempts", func(ctx context.Context) error {
		return r.db.Tx.QueryRowContext(ctx, getAttempts, string(r.org), key).Scan(attemptsInto(&a)...)
	})
	return a, r.one(err, nil)
}

// attemptsInto returns the destinations of attemptsColumns.
func attemptsInto(a *domain.Attempts) []any {
	return []any{&a.Failures, at(&a.WindowEnd), at(&a.LockedUntil), &a.Reserved, at(&a.ReservedTill)}
}

func (r attempts) Succeed(ctx context.Context, key string) error {
	return r.queue(ctx, succeedAttempts, string(r.org), key)
}

func (r attempts) Save(ctx context.Context, key string, a domain.Attempts) error {
	if a == (domain.Attempts{}) {
		return r.queue(ctx, removeAttempts, string(r.org), key)
	}
	return r.queue(ctx, saveAttempts, string(r.org), key,
		a.Failures, orNull(a.WindowEnd), orNull(a.LockedUntil), a.Reserved, orNull(a.ReservedTill))
}
