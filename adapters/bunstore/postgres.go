package bunstore

import (
	"cmp"
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

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// OpenPostgres prepares a store on PostgreSQL, which connects when it is first used. The URL sets the pool size and TLS
// (pool_max_conns, sslmode). OpenPostgres returns an error if a hook is missing.
func OpenPostgres(urls port.DatabaseURLs, hooks port.DatabaseHooks) (*Store, error) {
	if err := hooks.Complete(); err != nil {
		return nil, err
	}
	dsn, migrationDSN := urls.Service, cmp.Or(urls.Migrations, urls.Service)
	if err := CheckPostgresURL(dsn); err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errDSNParameter // the cause may contain the password
	}
	configure(config.ConnConfig)
	start := &starter{
		limits: takeLimits(config.ConnConfig, serviceLimits),
		statements: append(postgresReads.statements(),
			postgresStandingSQL, postgresLockSession, postgresLockPrincipal, rotateSession,
			insertSession, userByEmail, userForSignIn, lockUser, signedIn, lockAttempts, pairOfAttempts, saveAttempts, succeedAttempts,
			useAuthenticator, postgresLockHolder, appendEvent, begin,
		),
	}
	config.AfterConnect = start.start
	if !strings.Contains(dsn, "pool_max_conns") {
		config.MaxConns = max(10, 4*int32(runtime.GOMAXPROCS(0))) // more would only make the server switch between them
	}
	var pool *pgxpool.Pool
	breaker := newCircuit(pingPostgres(config.ConnConfig.Copy()), func() { pool.Reset() }, hooks.Reachable)
	config.ConnConfig.DialFunc = breaker.dialer(config.ConnConfig.DialFunc)
	if pool, err = pgxpool.NewWithConfig(context.Background(), config); err != nil {
		return nil, fmt.Errorf("open the connection pool: %w", err)
	}
	sqlDB := sql.OpenDB(unitConnector{poolConnector{stdlib.GetPoolConnector(pool)}})
	sqlDB.SetMaxIdleConns(0) // idle connections stay in the pool
	db := bun.NewDB(sqlDB, pgdialect.New(), bun.WithDiscardUnknownColumns())
	store := &Store{hooks: hooks, write: db, read: db, principals: newPrincipalCache(), dialect: dialect{
		name:       "postgres",
		lockRows:   true,
		partitions: true,
		setDoor: func(ctx context.Context, tx bun.Tx, door string) error {
			_, err := tx.Tx.ExecContext(ctx, setDoor, door)
			return err
		},
		keyID:           `CASE WHEN sealed LIKE '%.%' THEN split_part(sealed, '.', 1) ELSE '' END`,
		reads:           postgresReads,
		readRows:        postgresReadRows(pool),
		mergeJSON:       "document || ?::jsonb",
		rolesJSON:       postgresLists.roles,
		standing:        postgresStandingSQL,
		serviceStanding: serviceStandingSQL(postgresLists),
		lockHolder:      postgresLockHolder,
		lockSession:     postgresLockSession,
		lockPrincipal:   postgresLockPrincipal,
		translate:       translatePostgres,
		retry:           retryOrRenew(start, pool),
		migrations:      func() (*migrator, error) { return newPostgresMigrator(migrationDSN) },
		pools:           func() []port.PoolStats { return []port.PoolStats{pgxPool("writer", pool.Stat())} },
		migrated:        grantAppRole(config.ConnConfig.User),
		schema:          postgresSchema(sqlDB),
		noTable:         func(err error) bool { return sqlState(err) == "42P01" },
		bound:           postgresBound(sqlDB),
		isolation:       postgresIsolation,
		circuit:         breaker,
		close: func() error {
			breaker.end()
			err := sqlDB.Close()
			pool.Close()
			return err
		},
	}}
	store.observeBy(hooks.Observers)
	return store, nil
}

// configure limits the time of connecting and accepts only a server that accepts writes; of several hosts the first such is
// used. Statements are not cached: Bun writes values into their text, so that each would cost one more round trip. The few
// statements whose text never changes are prepared by starter.
func configure(config *pgx.ConnConfig) {
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	config.ConnectTimeout = connectTimeout
	config.OnNotice = noteUnreplicated
	if hosts := hostCount(config); hosts > 1 {
		config.ConnectTimeout = pingTimeout / time.Duration(hosts) // a host that hangs leaves time for the others
	}
	for name, value := range map[string]string{"application_name": "sole", "timezone": "UTC"} {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
}

const connectTimeout = 2 * time.Second

// hostCount returns the number of servers; pgx lists each twice when TLS is only preferred.
func hostCount(config *pgx.ConnConfig) int {
	hosts := map[string]bool{fmt.Sprint(config.Host, config.Port): true}
	for _, fallback := range config.Fallbacks {
		hosts[fmt.Sprint(fallback.Host, fallback.Port)] = true
	}
	return len(hosts)
}

// retryOrRenew reports whether a unit of work may succeed when it runs again. If this needs new connections, it closes
// those of the pool.
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
	const query = "SELECT coalesce(max(version_id), 0), current_setting('transaction_read_only')::bool FROM goose_db_version"
	return func(ctx context.Context) (version int64, err error) {
		var readOnly bool
		err = db.QueryRowContext(ctx, query).Scan(&version, &readOnly)
		if err == nil && readOnly {
			err = errReadOnly
		}
		return version, err
	}
}

// poolTimeout is how long a call waits for a connection while all are in use.
const poolTimeout = 3 * time.Second

var errPoolInUse = fmt.Errorf("%w: every connection of the pool stays in use", domain.ErrUnavailable)

// acquire takes a connection from the pool. It waits at most poolTimeout.
func acquire[C any](ctx context.Context, take func(context.Context) (C, error)) (C, error) {
	waiting, cancel := context.WithTimeout(ctx, poolTimeout)
	defer cancel()
	conn, err := take(waiting)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = errPoolInUse
	}
	return conn, err
}

// poolConnector takes the connections of database/sql from the pool with acquire.
type poolConnector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c poolConnector) Connect(ctx context.Context) (driver.Conn, error) {
	return acquire(ctx, c.Connector.Connect)
}

// pingAttempts is the number of connections that a ping makes. The server may end one or two of them while it stays
// available, for example when an administrator ends all connections.
const pingAttempts = 3

// pingPostgres pings on a new connection, so that it also checks that the server, behind any pooler, accepts one. An error
// that the server reports counts as an answer, unless the server is starting or shutting down, or accepts no writes.
func pingPostgres(config *pgx.ConnConfig) func(context.Context) error {
	return func(ctx context.Context) error {
		var err error
		for range pingAttempts {
			if err = pingNewConn(ctx, config); !isConnectionLost(err) || ctx.Err() != nil {
				break
			}
		}
		if code := sqlState(err); code != "" && !isConnectionCode(code) && !isReadOnly(err) {
			return nil
		}
		return translatePostgres(err)
	}
}

func pingNewConn(ctx context.Context, config *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	return conn.Ping(ctx)
}

func pgxPool(name string, stats *pgxpool.Stat) port.PoolStats {
	return port.PoolStats{
		Name: name, InUse: int(stats.AcquiredConns()), Idle: int(stats.IdleConns()), Max: int(stats.MaxConns()),
		Waits: stats.EmptyAcquireCount(), Waited: stats.EmptyAcquireWaitTime(), Failed: stats.CanceledAcquireCount(),
	}
}

var postgresLists = listsJSON{
	roles:   `SELECT jsonb_agg(jsonb_build_object('id', r.id, 'name', r.name, 'system', r.system, 'granted', r.granted))::text`,
	factors: `SELECT jsonb_agg(jsonb_build_object('id', a.id, 'kind', a.kind, 'enrolled_at', a.enrolled_at))::text`,
}

const lockSession = "\nFOR UPDATE OF s"

var (
	postgresReads         = readsOf(postgresLists)
	postgresStandingSQL   = standingSQL(postgresLists)
	postgresLockPrincipal = lockedSQL(postgresReads[bySession].whole, lockSession)
	postgresLockHolder    = holderSQL(postgresLists) + "\nFOR NO KEY UPDATE OF u" // as lockedUser
	postgresLockSession   = lockedSQL(sessionSQL, lockSession)
)
