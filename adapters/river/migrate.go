package river

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/riverqueue/river/rivermigrate"
)

// migrationLock is the advisory lock under which one process at a time migrates the queue.
const migrationLock = 0x501e_0001

// grants lets the service's role work a queue that another login has made.
const grants = `DO $$
DECLARE relation record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN RETURN; END IF;
    FOR relation IN SELECT c.oid::regclass AS name, c.relkind AS kind FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relname LIKE 'river\_%' AND c.relkind IN ('r', 'S') LOOP
        IF relation.kind = 'S' THEN
            EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %s TO sole_app', relation.name);
        ELSE
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO sole_app', relation.name);
        END IF;
    END LOOP;
END $$`

// Migrate brings the queue's own tables up to date, over a login that may make tables.
// Processes that migrate at once wait for one another.
func (q *Queue) Migrate(ctx context.Context, db *sql.DB) error {
	if q.locks {
		release, err := lock(ctx, db)
		if err != nil {
			return err
		}
		defer release()
	}
	migrator, err := rivermigrate.New(q.driver(db), nil)
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	if q.locks {
		_, err = db.ExecContext(ctx, grants)
	}
	return err
}

// Behind tells whether migrations of the queue are pending.
func (q *Queue) Behind(ctx context.Context) (bool, error) {
	migrator, err := rivermigrate.New(q.driver(q.db), nil)
	if err != nil {
		return false, err
	}
	applied, err := migrator.ExistingVersions(ctx)
	if err != nil {
		return false, err
	}
	known := migrator.AllVersions()
	newest := known[len(known)-1].Version
	return !slices.ContainsFunc(applied, func(m rivermigrate.Migration) bool { return m.Version == newest }), nil
}

// lock waits for other processes that migrate, for five minutes at most. It holds the lock in a
// transaction of its own rather than in a session, because a pooler runs the statements of a
// session on several connections.
func lock(ctx context.Context, db *sql.DB) (release func(), err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	for _, statement := range []string{
		"SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0", "SET LOCAL lock_timeout = '5min'",
		fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", migrationLock),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(fmt.Errorf("wait for another migration of the queue: %w", err), tx.Rollback())
		}
	}
	return func() { _ = tx.Rollback() }, nil
}
