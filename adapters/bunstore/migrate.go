package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/migrations"
)

// migrator is a goose provider with a lock, so that only one process migrates at a time.
type migrator struct {
	*goose.Provider
	db   *sql.DB
	lock func(context.Context) (release func(), err error)
}

// Migrate applies every pending migration. If several processes migrate at the same time, they wait for one another, and
// each migration runs once.
func (s *Store) Migrate(ctx context.Context) ([]port.Migration, error) {
	return s.migrating(ctx, func(m *migrator) ([]*goose.MigrationResult, error) {
		version, err := m.GetDBVersion(ctx)
		if err != nil {
			return nil, err
		}
		if !migrations.Serves(version) {
			return nil, errSchemaNewer
		}
		results, err := m.Up(ctx)
		if err == nil {
			err = s.dialect.migrated(ctx, m.db)
		}
		if err == nil {
			err = s.hooks.Queue.Migrate(ctx, m.db)
		}
		return results, err
	})
}

// Rollback undoes the newest migration, if there is one.
func (s *Store) Rollback(ctx context.Context) ([]port.Migration, error) {
	return s.migrating(ctx, func(m *migrator) ([]*goose.MigrationResult, error) {
		result, err := m.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil, nil
		}
		return []*goose.MigrationResult{result}, err
	})
}

// Migrations lists every version of the schema that this build knows, and then the version of the database if it is newer.
func (s *Store) Migrations(ctx context.Context) ([]port.Migration, error) {
	m, err := s.dialect.migrations()
	if err != nil {
		return nil, err
	}
	defer func() { _ = m.db.Close() }()
	// Status would create the table, which the service may not read before Migrate has granted it.
	switch _, err := m.db.ExecContext(ctx, "SELECT version_id FROM goose_db_version LIMIT 1"); {
	case err != nil && s.dialect.noTable(err):
		return unapplied(m.ListSources()), nil
	case err != nil:
		return nil, s.dialect.translate(err)
	}
	statuses, err := m.Status(ctx)
	if err != nil {
		return nil, s.dialect.translate(err)
	}
	list := make([]port.Migration, 0, len(statuses)+1)
	for _, status := range statuses {
		list = append(list, port.Migration{Version: status.Source.Version, Name: status.Source.Path, AppliedAt: status.AppliedAt})
	}
	version, err := m.GetDBVersion(ctx)
	if version > migrations.Newest() {
		list = append(list, port.Migration{Version: version})
	}
	return list, s.dialect.translate(err)
}

func unapplied(sources []*goose.Source) []port.Migration {
	list := make([]port.Migration, len(sources))
	for i, source := range sources {
		list[i] = port.Migration{Version: source.Version, Name: source.Path}
	}
	return list
}

func (s *Store) migrating(ctx context.Context, run func(*migrator) ([]*goose.MigrationResult, error)) ([]port.Migration, error) {
	m, err := s.dialect.migrations()
	if err != nil {
		return nil, err
	}
	defer func() { _ = m.db.Close() }()
	release, err := m.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	results, err := run(m)
	if err != nil {
		return nil, s.dialect.translate(err)
	}
	applied := make([]port.Migration, 0, len(results))
	for _, result := range results {
		applied = append(applied, port.Migration{Version: result.Source.Version, Name: result.Source.Path})
	}
	return applied, nil
}

var (
	errSchemaOlder = fmt.Errorf("%w: run `sole migrate up`", port.ErrSchemaBehind)
	errSchemaNewer = fmt.Errorf("%w: install the version that migrated it, or a later one; "+
		"to go back, restore the backup from before that upgrade", port.ErrSchemaAhead)
	errSchemaOther = fmt.Errorf("%w: run `sole migrate up` with the newest version in use", port.ErrSchemaOther)
)

// ErrSchemaMissing means that the database has no table of this service. errors.Is reports it as port.ErrSchemaBehind too.
var ErrSchemaMissing error = schemaMissing{}

type schemaMissing struct{}

func (schemaMissing) Error() string {
	return "the database has no tables of this service yet: run `sole migrate up`"
}

// Is implements the interface that errors.Is uses.
func (schemaMissing) Is(target error) bool { return target == port.ErrSchemaBehind }

// unusedID is an id that no org and no session has.
const unusedID = "ffffffff-ffff-4fff-bfff-ffffffffffff"

// Ready checks that the database accepts writes, has the schema of this build, or a later one that only adds to it, and
// answers the query that every request runs. It returns ErrBypassesRLS for a login that may bypass row level security,
// together with port.ErrSchemaBehind if appRole, which the first migration creates, is missing. It returns ErrNotBound for
// a login that may not read the tables.
func (s *Store) Ready(ctx context.Context) error {
	var version int64
	err := s.run(ctx, func() (err error) {
		version, err = s.dialect.schema(ctx)
		return err
	})
	switch {
	case errors.Is(err, ErrBypassesRLS):
		return err
	case err != nil && s.dialect.noTable(err):
		return ErrSchemaMissing
	case err != nil:
		return s.unreadable(ctx, s.dialect.translate(err))
	case version < migrations.Newest():
		return errSchemaOlder
	case !migrations.Serves(version):
		return errSchemaNewer
	}
	if _, err := s.Principal(ctx, unusedID, unusedID); !errors.Is(err, domain.ErrTokenRevoked) {
		return err
	}
	return nil
}

// unreadable returns the reason why the version of the schema cannot be read.
func (s *Store) unreadable(ctx context.Context, err error) error {
	if isDomain(err) {
		return err
	}
	if bound := s.Bound(ctx); errors.Is(bound, ErrNotBound) {
		return bound
	}
	return fmt.Errorf("read the version of the database schema: %w", err)
}

// migrationLimits allow a migration to rewrite a large table.
var migrationLimits = []limit{{"statement_timeout", "0"}, {"lock_timeout", "0"}, {"idle_in_transaction_session_timeout", "0"}}

func newPostgresMigrator(dsn string) (*migrator, error) {
	pool, err := pgxpool.ParseConfig(dsn) // pgx.ParseConfig would send the pool's parameters to the server
	if err != nil {
		return nil, errors.New("the database URL for migrations cannot be read: write postgres://user:password@host:5432/database")
	}
	config := pool.ConnConfig
	configure(config)
	takeLimits(config, migrationLimits)
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		if login, err := inspect(ctx, conn); err != nil || login.pooled {
			return err
		}
		return setLimits(ctx, conn, migrationLimits)
	}))
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Postgres(), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &migrator{
		Provider: provider, db: db,
		lock: func(ctx context.Context) (func(), error) { return lockPostgres(ctx, db, lock.DefaultLockID) },
	}, nil
}

// migrationWait is how long a process waits for another one that migrates.
const migrationWait = 5 * time.Minute

// lockPostgres takes the lock. It waits up to migrationWait for another process that holds it. The lock belongs to a
// transaction of its own rather than to a session, because a pooler runs the statements of a session on several connections.
// CREATE INDEX CONCURRENTLY waits for the end of every transaction that it finds with a snapshot. Therefore the lock is asked for
// again and again, each time in a new transaction.
func lockPostgres(ctx context.Context, db *sql.DB, key int64) (release func(), err error) {
	waiting, cancel := context.WithTimeout(ctx, migrationWait)
	defer cancel()
	for {
		// The transaction outlives the wait.
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return nil, translatePostgres(err)
		}
		taken, err := tryLock(waiting, tx, key)
		if err == nil && taken {
			return func() { _ = tx.Rollback() }, nil
		}
		if err = errors.Join(err, tx.Rollback()); err == nil {
			err = sleep(waiting, 50*time.Millisecond)
		}
		if err != nil {
			return nil, fmt.Errorf("wait for another migration: %w", translatePostgres(err))
		}
	}
}

// tryLock uses the simple protocol: a portal of the extended protocol keeps its snapshot until the next statement.
func tryLock(ctx context.Context, tx *sql.Tx, key int64) (taken bool, err error) {
	if _, err = tx.ExecContext(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		return false, err
	}
	err = tx.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock($1)", pgx.QueryExecModeSimpleProtocol, key).Scan(&taken)
	return taken, err
}

func newSQLiteMigrator(path string) (*migrator, error) {
	db, err := openSQLite(path, "immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.SQLite(), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &migrator{
		Provider: provider, db: db,
		lock: func(ctx context.Context) (func(), error) { return lockFile(ctx, path+".migrate.lock") },
	}, nil
}

func lockFile(ctx context.Context, path string) (func(), error) {
	file := flock.New(path)
	if _, err := file.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return nil, fmt.Errorf("wait for another migration: %w", err)
	}
	return func() { _ = file.Unlock() }, nil
}
