package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/sole-platform/sole/domain"
)

// OpenPostgres prepares a store on PostgreSQL; it connects when first used. Pool size and
// TLS are set in the DSN (pool_max_conns, sslmode). migrationDSN may name a login with
// more rights for migrations; empty means the same.
func OpenPostgres(dsn, migrationDSN string) (*Store, error) {
	if err := CheckPostgresURL(dsn); err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errDSNParameter // the cause may hold the password
	}
	configure(config.ConnConfig)
	start := &starter{
		limits:     takeLimits(config.ConnConfig, serviceLimits),
		statements: []string{postgresPrincipalSQL, postgresStandingSQL, lockAttempts, getAttempts, appendEvent},
	}
	config.AfterConnect = start.start
	if !strings.Contains(dsn, "pool_max_conns") {
		config.MaxConns = max(10, 4*int32(runtime.GOMAXPROCS(0))) // more only make the server switch between them
	}
	store := &Store{}
	var pool *pgxpool.Pool
	away := newCircuit(askPostgres(config.ConnConfig.Copy()), func() { pool.Reset() }, func(err error) {
		if store.Away != nil {
			store.Away(err)
		}
	})
	config.ConnConfig.DialFunc = away.dialer(config.ConnConfig.DialFunc)
	if pool, err = pgxpool.NewWithConfig(context.Background(), config); err != nil {
		return nil, fmt.Errorf("open the connection pool: %w", err)
	}
	sqlDB := sql.OpenDB(unitConnector{impatient{stdlib.GetPoolConnector(pool)}})
	sqlDB.SetMaxIdleConns(0) // idle connections are the pool's
	db := bun.NewDB(sqlDB, pgdialect.New(), bun.WithDiscardUnknownColumns())
	if migrationDSN == "" {
		migrationDSN = dsn
	}
	store.write, store.read, store.dialect = db, db, dialect{
		name:     "postgres",
		lockRows: true,
		prepared: true,
		setDoor: func(ctx context.Context, tx bun.Tx, door string) error {
			_, err := tx.Tx.ExecContext(ctx, "SELECT set_config('sole.door', $1, true)", door)
			return err
		},
		keyID:      `CASE WHEN sealed LIKE '%.%' THEN split_part(sealed, '.', 1) ELSE '' END`,
		principal:  postgresPrincipal(pool),
		rolesJSON:  postgresRoles,
		standing:   postgresStandingSQL,
		translate:  translatePostgres,
		retry:      retryOrRenew(start, pool),
		migrations: func() (*migrator, error) { return newPostgresMigrator(migrationDSN) },
		pools:      func() []PoolStats { return []PoolStats{pgxPool("writer", pool.Stat())} },
		migrated:   admit(config.ConnConfig.User),
		schema:     postgresSchema(sqlDB),
		noTable:    func(err error) bool { return sqlState(err) == "42P01" },
		bound:      postgresBound(sqlDB),
		isolation:  postgresIsolation,
		circuit:    away,
		close: func() error {
			away.end()
			err := sqlDB.Close()
			pool.Close()
			return err
		},
	}
	return store, nil
}

// configure bounds the time of connecting and accepts only a server that takes writes: the first
// such of several hosts. Statements are not cached, which would cost a round trip each, because
// Bun writes values into their text; the few that never change are prepared by starter.
func configure(config *pgx.ConnConfig) {
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	config.ConnectTimeout = connectTimeout
	if hosts := hostCount(config); hosts > 1 {
		config.ConnectTimeout = askTimeout / time.Duration(hosts) // a host that hangs leaves time for the others
	}
	for name, value := range map[string]string{"application_name": "sole", "timezone": "UTC"} {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
}

const connectTimeout = 2 * time.Second

// hostCount counts the servers; pgx lists each twice when TLS is only preferred.
func hostCount(config *pgx.ConnConfig) int {
	hosts := map[string]bool{fmt.Sprint(config.Host, config.Port): true}
	for _, fallback := range config.Fallbacks {
		hosts[fmt.Sprint(fallback.Host, fallback.Port)] = true
	}
	return len(hosts)
}

// retryOrRenew reports whether a unit may succeed when run again. It closes the connections of the
// pool when new ones are needed for that.
func retryOrRenew(start *starter, pool *pgxpool.Pool) func(error) bool {
	return func(err error) bool {
		if start.lost(err) || isOutdated(err) {
			pool.Reset()
			return true
		}
		return retryPostgres(err)
	}
}

// postgresSchema reads the newest applied migration. It fails on a connection that cannot write.
func postgresSchema(db *sql.DB) func(context.Context) (int64, error) {
	return func(ctx context.Context) (version int64, err error) {
		var readOnly bool
		err = db.QueryRowContext(ctx, `
			SELECT coalesce(max(version_id), 0), current_setting('transaction_read_only')::bool FROM goose_db_version`).Scan(&version, &readOnly)
		if err == nil && readOnly {
			err = errReadOnly
		}
		return version, err
	}
}

// poolTimeout is how long a call waits for a connection while all are in use.
const poolTimeout = 3 * time.Second

var errPoolInUse = fmt.Errorf("%w: every connection of the pool stays in use", domain.ErrUnavailable)

// acquire takes a connection for a call.
func acquire[C any](ctx context.Context, take func(context.Context) (C, error)) (C, error) {
	waiting, cancel := context.WithTimeout(ctx, poolTimeout)
	defer cancel()
	conn, err := take(waiting)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = errPoolInUse
	}
	return conn, err
}

// impatient is how database/sql takes connections from the pool.
type impatient struct{ driver.Connector }

// Connect implements driver.Connector.
func (i impatient) Connect(ctx context.Context) (driver.Conn, error) {
	return acquire(ctx, i.Connector.Connect)
}

// askPostgres asks on a new connection, so that it learns whether one can be had, past any
// pooler between. An error that the server reports counts as an answer, unless the server is
// starting or shutting down, or takes no writes.
func askPostgres(config *pgx.ConnConfig) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err == nil {
			err = conn.Ping(ctx)
			_ = conn.Close(ctx)
		}
		if code := sqlState(err); code != "" && !isGoneCode(code) && !isReadOnly(err) {
			return nil
		}
		return translatePostgres(err)
	}
}

func pgxPool(name string, stats *pgxpool.Stat) PoolStats {
	return PoolStats{
		Name: name, InUse: int(stats.AcquiredConns()), Idle: int(stats.IdleConns()), Max: int(stats.MaxConns()),
		Waits: stats.EmptyAcquireCount(), Waited: stats.EmptyAcquireWaitTime(), Failed: stats.CanceledAcquireCount(),
	}
}

const postgresRoles = `SELECT jsonb_agg(jsonb_build_object('id', r.id, 'name', r.name, 'system', r.system, 'granted', r.granted))::text`

var (
	postgresPrincipalSQL = principalSQL("$1", "$2", postgresRoles)
	postgresStandingSQL  = standingSQL("$1", "$2", postgresRoles)
)

// postgresPrincipal sends the role, the org and the question together: one implicit
// transaction, one round trip.
func postgresPrincipal(pool *pgxpool.Pool) func(context.Context, domain.OrgID, domain.SessionID) (domain.Principal, error) {
	return func(ctx context.Context, org domain.OrgID, session domain.SessionID) (domain.Principal, error) {
		conn, err := acquire(ctx, pool.Acquire)
		if err != nil {
			return domain.Principal{}, err
		}
		defer conn.Release()
		var batch pgx.Batch
		batch.Queue(sessionOf(conn.Conn()).bind, string(org))
		batch.Queue(postgresPrincipalSQL, string(org), string(session))
		results := conn.SendBatch(ctx, &batch)
		defer func() { _ = results.Close() }()
		if _, err := results.Exec(); err != nil {
			return domain.Principal{}, err
		}
		principal, err := scanPrincipal(results.QueryRow().Scan)
		if errors.Is(err, pgx.ErrNoRows) {
			return domain.Principal{}, domain.ErrTokenRevoked
		}
		return principal, err
	}
}
