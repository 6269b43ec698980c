package bunstore

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sole-platform/sole/application/port"
)

// postgresMove is a PostgreSQL database that is moved or receives another one. Everything happens in one transaction, which
// holds a lock on every table.
type postgresMove struct {
	conn    *pgx.Conn
	catalog postgresCatalog
}

const (
	// sourceLock allows others to read, and blocks their writes.
	sourceLock = "SHARE"
	targetLock = "ACCESS EXCLUSIVE"
)

// OpenSource implements port.MovableDriver. The transaction is rolled back at the end.
func (Postgres) OpenSource(ctx context.Context, url string) (port.MoveSource, error) {
	m, err := openPostgresMove(ctx, url, "BEGIN ISOLATION LEVEL REPEATABLE READ", sourceLock)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// OpenTarget implements port.MovableDriver.
func (Postgres) OpenTarget(ctx context.Context, url string) (port.MoveTarget, error) {
	m, err := openPostgresMove(ctx, url, "BEGIN", targetLock)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// openPostgresMove connects, locks every table and makes every row visible.
func openPostgresMove(ctx context.Context, url, begin, lock string) (*postgresMove, error) {
	conn, err := connectToMove(ctx, url)
	if err != nil {
		return nil, err
	}
	m := &postgresMove{conn: conn}
	if err := m.begin(ctx, begin, lock); err != nil {
		return nil, errors.Join(translatePostgres(err), m.Close())
	}
	return m, nil
}

// begin begins the transaction. The catalog is read before, because the first query of the transaction decides as of when the rows
// are read.
func (m *postgresMove) begin(ctx context.Context, begin, lock string) (err error) {
	if err := noOthers(ctx, m.conn); err != nil {
		return err
	}
	if m.catalog, err = readCatalog(ctx, m.conn); err != nil {
		return err
	}
	if _, err := m.conn.Exec(ctx, begin); err != nil {
		return err
	}
	return m.lock(ctx, lock)
}

func connectToMove(ctx context.Context, url string) (*pgx.Conn, error) {
	if err := CheckPostgresURL(url); err != nil {
		return nil, err
	}
	pool, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errDSNParameter
	}
	config := pool.ConnConfig
	configure(config)
	for _, name := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
		delete(config.RuntimeParams, name) // they are set in the transaction
	}
	config.RuntimeParams["application_name"] = moveName
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, translatePostgres(err)
	}
	return conn, nil
}

// moveName is the application_name of the connections that move a database.
const moveName = "sole move"

// noOthers returns port.ErrMoveServed if processes of the service stay connected. Those that have just ended are waited for.
func noOthers(ctx context.Context, conn *pgx.Conn) error {
	var n int
	for range 20 {
		err := conn.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'sole' AND pid <> pg_backend_pid()`).Scan(&n)
		if err != nil || n == 0 {
			return err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: it has %d connections; stop every process of the service. A pooler may keep connections "+
		"of stopped processes: let PgBouncer RECONNECT", port.ErrMoveServed, n)
}

// lockWait is how long another transaction may hold a table.
const lockWait = 5 * time.Second

// lock locks every table. For a login that row level security binds, it also suspends it, which only the owner of the tables may; the
// end of the transaction restores it.
func (m *postgresMove) lock(ctx context.Context, mode string) error {
	settings := fmt.Sprintf(`SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = %d;
		SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL TimeZone = 'UTC'; SET LOCAL bytea_output = 'hex'; SET LOCAL row_security = off`,
		lockWait.Milliseconds())
	if _, err := m.conn.Exec(ctx, settings); err != nil {
		return err
	}
	if len(m.catalog.all) > 0 {
		statement := "LOCK TABLE " + strings.Join(m.catalog.all, ", ") + " IN " + mode + " MODE"
		switch _, err := m.conn.Exec(ctx, statement); sqlState(err) {
		case "55P03", "40P01": // lock_not_available, deadlock_detected
			return fmt.Errorf("%w: one of its transactions keeps a table locked; stop every process that uses the database", port.ErrMoveServed)
		case "42501":
			return m.notOwner()
		default:
			if err != nil {
				return err
			}
		}
	}
	if m.catalog.bypasses {
		return nil
	}
	return m.force(ctx, false)
}

// force suspends or restores that row level security binds the owner of the tables.
func (m *postgresMove) force(ctx context.Context, on bool) error {
	for _, table := range m.catalog.forced {
		_, err := m.conn.Exec(ctx, "ALTER TABLE "+table+map[bool]string{true: " FORCE", false: " NO FORCE"}[on]+" ROW LEVEL SECURITY")
		if sqlState(err) == "42501" {
			return m.notOwner()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *postgresMove) notOwner() error {
	return fmt.Errorf("%w: %s does not own the tables; use the login that migrates (MIGRATION_DATABASE_URL), or a superuser",
		port.ErrMoveLogin, pgx.Identifier{m.catalog.login}.Sanitize())
}

// Schema implements port.MoveReader.
func (m *postgresMove) Schema(ctx context.Context) (s port.MoveSchema, err error) {
	for table, version := range map[string]struct {
		column string
		into   *int64
	}{"goose_db_version": {column: "version_id", into: &s.Migration}, "river_migration": {column: "version", into: &s.Queue}} {
		if !m.catalog.has(table) {
			continue
		}
		query := fmt.Sprintf("SELECT coalesce(max(%s), 0)::bigint FROM %s", version.column, table)
		if err := m.conn.QueryRow(ctx, query).Scan(version.into); err != nil {
			return s, err
		}
	}
	return s, nil
}

// Tables implements port.MoveReader.
func (m *postgresMove) Tables(context.Context) ([]port.MoveTable, error) { return m.catalog.tables() }

// Holding implements port.MoveReader.
func (m *postgresMove) Holding(ctx context.Context) (string, error) {
	for _, table := range m.catalog.names {
		if isVersion(table) {
			continue
		}
		var holds bool
		if err := m.conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+pgx.Identifier{table}.Sanitize()+")").Scan(&holds); err != nil {
			return "", err
		}
		if holds {
			return table, nil
		}
	}
	return "", nil
}

// isVersion reports whether the rows of a table are the version of the schema, which a migrated database always has.
func isVersion(table string) bool { return table == "goose_db_version" || table == "river_migration" }

// Rows implements port.MoveReader.
func (m *postgresMove) Rows(ctx context.Context, table port.MoveTable, each func(port.MoveRow) error) error {
	columns := make([]string, len(table.Columns))
	for i, column := range table.Columns {
		columns[i] = m.catalog.reads(table.Name, column)
	}
	query := fmt.Sprintf("COPY (SELECT %s FROM %s) TO STDOUT", strings.Join(columns, ", "), pgx.Identifier{table.Name}.Sanitize())
	writer := &rowWriter{table: table, each: each}
	_, err := m.conn.PgConn().CopyTo(ctx, writer, query)
	return translatePostgres(err)
}

// Write implements port.MoveTarget.
func (m *postgresMove) Write(ctx context.Context, table port.MoveTable, rows func(insert func(port.MoveRow) error) error) error {
	for _, part := range m.catalog.parts[table.Name] {
		if _, err := m.conn.Exec(ctx, "ALTER TABLE "+part+" DISABLE TRIGGER USER"); err != nil {
			return err
		}
	}
	columns := make([]string, len(table.Columns))
	for i, column := range table.Columns {
		columns[i] = pgx.Identifier{column.Name}.Sanitize()
	}
	copyFrom := fmt.Sprintf("COPY %s (%s) FROM STDIN", pgx.Identifier{table.Name}.Sanitize(), strings.Join(columns, ", "))
	out, in := io.Pipe()
	produced := make(chan error, 1)
	go func() {
		err := m.produce(in, table, rows)
		_ = in.CloseWithError(err) // io.EOF if there is none
		produced <- err
	}()
	_, err := m.conn.PgConn().CopyFrom(ctx, out, copyFrom)
	_ = out.CloseWithError(cmp.Or(err, io.ErrClosedPipe))
	if cause := <-produced; cause != nil && (err == nil || !errors.Is(cause, err)) {
		err = cause // the reason why the copy was broken off
	}
	return translatePostgres(err)
}

func (m *postgresMove) produce(in io.Writer, table port.MoveTable, rows func(insert func(port.MoveRow) error) error) error {
	buffered := bufio.NewWriterSize(in, 1<<16)
	var line []byte
	width := func(column string) int { return m.catalog.columns[table.Name][column].width }
	err := rows(func(row port.MoveRow) (err error) {
		if line, err = appendLine(line[:0], table, row, width); err != nil {
			return err
		}
		_, err = buffered.Write(line)
		return err
	})
	if err != nil {
		return err
	}
	return buffered.Flush()
}

// Counters implements port.MoveReader.
func (m *postgresMove) Counters(ctx context.Context) (map[string]int64, error) {
	counters := map[string]int64{}
	for table, sequence := range m.catalog.sequences {
		var n int64
		if err := m.conn.QueryRow(ctx, "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM "+sequence).Scan(&n); err != nil {
			return nil, err
		}
		counters[table] = n
	}
	return counters, nil
}

// Count implements port.MoveTarget.
func (m *postgresMove) Count(ctx context.Context, counters map[string]int64) error {
	for table, n := range counters {
		sequence, known := m.catalog.sequences[table]
		if !known || n < 1 {
			continue
		}
		// setval cannot be undone, so a target that is discarded may begin with a higher number, which does no harm.
		if _, err := m.conn.Exec(ctx, "SELECT setval($1::regclass, $2)", sequence, n); err != nil {
			return err
		}
	}
	return nil
}

// Commit implements port.MoveTarget. COPY has checked every constraint.
func (m *postgresMove) Commit(ctx context.Context) error {
	for _, parts := range m.catalog.parts {
		for _, part := range parts {
			if _, err := m.conn.Exec(ctx, "ALTER TABLE "+part+" ENABLE TRIGGER USER"); err != nil {
				return translatePostgres(err)
			}
		}
	}
	if !m.catalog.bypasses {
		if err := m.force(ctx, true); err != nil {
			return translatePostgres(err)
		}
	}
	if _, err := m.conn.Exec(ctx, "ANALYZE "+strings.Join(m.catalog.all, ", ")); err != nil {
		return translatePostgres(err)
	}
	_, err := m.conn.Exec(ctx, "COMMIT")
	return translatePostgres(err)
}

// Unchanged implements port.MoveSource: the locks keep every writer out.
func (*postgresMove) Unchanged(context.Context) error { return nil }

// Close implements port.MoveReader.
func (m *postgresMove) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	return m.conn.Close(ctx)
}
