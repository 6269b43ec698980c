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

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/migrations"
)

// Migration is one version of the schema and when it was applied; zero when it is pending.
type Migration struct {
	Version   int64
	Name      string
	AppliedAt time.Time
}

// migrator is a goose provider with the lock that keeps other processes waiting.
type migrator struct {
	*goose.Provider
	db   *sql.DB
	lock func(context.Context) (release func(), err error)
}

// Migrate applies every pending migration. Processes that migrate at once wait for one
// another; each migration runs once.
func (s *Store) Migrate(ctx context.Context) ([]Migration, error) {
	return s.migrating(ctx, func(m *migrator) ([]*goose.MigrationResult, error) {
		results, err := m.Up(ctx)
		if err == nil {
			err = s.dialect.migrated(ctx, m.db)
		}
		if err == nil && s.AlsoMigrate != nil {
			err = s.AlsoMigrate(ctx, m.db)
		}
		return results, err
	})
}

// Rollback undoes the newest migration, if there is one.
func (s *Store) Rollback(ctx context.Context) ([]Migration, error) {
	return s.migrating(ctx, func(m *migrator) ([]*goose.MigrationResult, error) {
		result, err := m.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil, nil
		}
		return []*goose.MigrationResult{result}, err
	})
}

// Migrations lists every version of the schema that this build knows.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) {
	m, err := s.dialect.migrations()
	if err != nil {
		return nil, err
	}
	defer func() { _ = m.db.Close() }()
	statuses, err := m.Status(ctx)
	if err != nil {
		return nil, s.dialect.translate(err)
	}
	list := make([]Migration, len(statuses))
	for i, status := range statuses {
		list[i] = Migration{status.Source.Version, status.Source.Path, status.AppliedAt}
	}
	return list, nil
}

func (s *Store) migrating(ctx context.Context, run func(*migrator) ([]*goose.MigrationResult, error)) ([]Migration, error) {
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
	applied := make([]Migration, 0, len(results))
	for _, result := range results {
		applied = append(applied, Migration{Version: result.Source.Version, Name: result.Source.Path})
	}
	return applied, nil
}

// ErrSchemaBehind means that migrations of this build are pending.
var ErrSchemaBehind = errors.New("the database schema is older than this build: run `sole migrate up`")

// ErrSchemaMissing means that the database has no table of this service. It is an
// ErrSchemaBehind, too.
var ErrSchemaMissing error = schemaMissing{}

type schemaMissing struct{}

func (schemaMissing) Error() string {
	return "the database has no tables of this service yet: run `sole migrate up`"
}

// Is implements the interface that errors.Is looks for.
func (schemaMissing) Is(target error) bool { return target == ErrSchemaBehind }

// nobody is an id that no org and no session has.
const nobody = "ffffffff-ffff-4fff-bfff-ffffffffffff"

// Ready checks that the database accepts writes, has the schema of this build and answers the
// query of every request. It returns ErrBypassesRLS for a login that may bypass row level
// security, together with ErrSchemaBehind when the role to drop to is missing, which the first
// migration creates. It returns ErrNotBound for a login that may not read the tables.
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
		return ErrSchemaBehind
	}
	if _, err := s.Principal(ctx, nobody, nobody); !errors.Is(err, domain.ErrTokenRevoked) {
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
	pool, err := pgxpool.ParseConfig(dsn) // and not pgx.ParseConfig, which takes the pool's parameters for the server's
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

// lockPostgres waits for other processes that hold the lock, for five minutes at most. It holds
// the lock in a transaction of its own rather than in a session, because a pooler runs the
// statements of a session on several connections.
func lockPostgres(ctx context.Context, db *sql.DB, key int64) (release func(), err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, translatePostgres(err)
	}
	for _, statement := range []string{
		"SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0", "SET LOCAL lock_timeout = '5min'",
		fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", key),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(fmt.Errorf("wait for another migration: %w", translatePostgres(err)), tx.Rollback())
		}
	}
	return func() { _ = tx.Rollback() }, nil
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
	return &migrator{provider, db, func(ctx context.Context) (func(), error) { return lockFile(ctx, path+".migrate.lock") }}, nil
}

func lockFile(ctx context.Context, path string) (func(), error) {
	file := flock.New(path)
	if _, err := file.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return nil, fmt.Errorf("wait for another migration: %w", err)
	}
	return func() { _ = file.Unlock() }, nil
}
