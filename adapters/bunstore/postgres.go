package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
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
	bound(config.ConnConfig)
	// Bun writes values into the text, so no two statements are alike: caching them would
	// cost a round trip each. Those that never change are prepared by hand.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if err := dropPrivileges(ctx, conn); err != nil {
			return err
		}
		return prepare(ctx, conn, setOrg, postgresPrincipalSQL, postgresStandingSQL, lockAttempts, getAttempts, appendEvent)
	}
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
		retry:      retryPostgres,
		migrations: func() (*migrator, error) { return newPostgresMigrator(migrationDSN) },
		pools:      func() []PoolStats { return []PoolStats{pgxPool("writer", pool.Stat())} },
		migrated:   admit(config.ConnConfig.User),
		bound:      postgresBound(pool),
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
// pooler between. An error that the server itself writes is an answer too, unless it is
// starting or shutting down.
func askPostgres(config *pgx.ConnConfig) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err == nil {
			err = conn.Ping(ctx)
			_ = conn.Close(ctx)
		}
		if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && !isGoneCode(pgErr.Code) {
			return nil
		}
		return err
	}
}

func pgxPool(name string, stats *pgxpool.Stat) PoolStats {
	return PoolStats{
		Name: name, InUse: int(stats.AcquiredConns()), Idle: int(stats.IdleConns()), Max: int(stats.MaxConns()),
		Waits: stats.EmptyAcquireCount(), Waited: stats.EmptyAcquireWaitTime(), Failed: stats.CanceledAcquireCount(),
	}
}

// bound keeps any single wait short, so that a hung server becomes an answer.
func bound(config *pgx.ConnConfig) {
	config.ConnectTimeout = 2 * time.Second
	for name, value := range map[string]string{
		"application_name":                    "sole",
		"timezone":                            "UTC",
		"statement_timeout":                   "5000",
		"lock_timeout":                        "3000",
		"idle_in_transaction_session_timeout": "10000",
	} {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
}

// prepare has statements parsed once per connection. Before the first migration their
// tables are missing; they then run unprepared.
func prepare(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, statement := range statements {
		_, err := conn.Prepare(ctx, statement, statement)
		if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && (pgErr.Code == "42P01" || pgErr.Code == "42501") {
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// setOrg names the org of the transaction, until it ends.
const setOrg = "SELECT set_config('sole.org_id', $1, true)"

const postgresRoles = `SELECT jsonb_agg(jsonb_build_object('id', r.id, 'name', r.name, 'system', r.system, 'granted', r.granted))::text`

var (
	postgresPrincipalSQL = principalSQL("$1", "$2", postgresRoles)
	postgresStandingSQL  = standingSQL("$1", "$2", postgresRoles)
)

// postgresPrincipal sends the org and the question together: one implicit transaction, one round trip.
func postgresPrincipal(pool *pgxpool.Pool) func(context.Context, domain.OrgID, domain.SessionID) (domain.Principal, error) {
	return func(ctx context.Context, org domain.OrgID, session domain.SessionID) (domain.Principal, error) {
		var batch pgx.Batch
		batch.Queue(setOrg, string(org))
		batch.Queue(postgresPrincipalSQL, string(org), string(session))
		conn, err := acquire(ctx, pool.Acquire)
		if err != nil {
			return domain.Principal{}, err
		}
		defer conn.Release()
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

// translatePostgres speaks of driver errors in the domain's words. Class 53 is exhaustion
// (PostgreSQL documentation, appendix A).
func translatePostgres(err error) error {
	if err == nil || isDomain(err) || errors.Is(err, context.Canceled) {
		return err
	}
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	_, connecting := errors.AsType[*pgconn.ConnectError](err) // refused by the server, perhaps
	if !ok || connecting {
		if connecting || isConnectionLost(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrBypassesRLS) {
			return fmt.Errorf("%w: %w", domain.ErrUnavailable, err)
		}
		return err
	}
	switch class := pgErr.Code[:2]; {
	case pgErr.Code == "23505" && pgErr.ConstraintName == "users_email_key":
		return domain.ErrEmailTaken
	case pgErr.Code == "23505" && (pgErr.ConstraintName == "orgs_slug_key" || pgErr.ConstraintName == "orgs_pkey"):
		return domain.ErrSlugTaken
	case pgErr.Code == "23503":
		return domain.ErrNotFound
	case isGoneCode(pgErr.Code), class == "53", pgErr.Code == "57014", pgErr.Code == "55P03", pgErr.Code == "25006", retryPostgres(err):
		return fmt.Errorf("%w: %w", domain.ErrUnavailable, err)
	}
	return err
}

// isConnectionLost tells whether what failed was the connection, not the statement. A unit
// that is over before its time has lost it as well.
func isConnectionLost(err error) bool {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return isGoneCode(pgErr.Code)
	}
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrBypassesRLS) {
		return false
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	return connecting || network || errors.Is(err, net.ErrClosed) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, sql.ErrTxDone) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

// isGoneCode is class 08 and 57P: the server ends the connection, or takes none.
func isGoneCode(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P")
}

// retryPostgres: a serialization failure or a deadlock is cured by running again.
func retryPostgres(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pgErr.Code == "40001" || pgErr.Code == "40P01")
}
