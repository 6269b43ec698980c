package river

import (
	"context"
	"fmt"
	"slices"

	"github.com/riverqueue/river/rivermigrate"
)

// grants grants the service's role access to the tables of the queue, which another login may own.
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

// Migrate implements port.Queue.
func (q *Queue) Migrate(ctx context.Context, db any) error {
	pool, err := connection(db)
	if err != nil {
		return err
	}
	migrator, err := rivermigrate.New(q.dialect.driver(pool), nil)
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	if q.dialect.roles {
		_, err = pool.ExecContext(ctx, grants)
	}
	return err
}

// Behind implements port.Queue.
func (q *Queue) Behind(ctx context.Context, db any) (bool, error) {
	pool, err := connection(db)
	if err != nil {
		return false, err
	}
	migrator, err := rivermigrate.New(q.dialect.driver(pool), nil)
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
