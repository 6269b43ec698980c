package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/sole-platform/sole/application/port"
)

// sqliteMove is a database file that is moved, or that receives another database. Everything happens in one transaction.
type sqliteMove struct {
	path    string
	db      *sql.DB
	conn    *sql.Conn
	tx      *sql.Tx
	version int64 // PRAGMA data_version, before the first row was read
	stored  map[string]map[string]string
	// triggers are the statements that create them again; they are dropped while rows are written.
	triggers []string
}

// OpenSource implements port.MovableDriver. The file is opened for reading only.
func (s SQLite) OpenSource(ctx context.Context, dsn string) (port.MoveSource, error) {
	path := s.Path(dsn)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s does not exist", path)
	} else if err != nil {
		return nil, err
	}
	query := url.Values{"mode": {"ro"}, "_txlock": {"deferred"}, "_pragma": {"busy_timeout(5000)", "query_only(1)"}}
	m, err := openSQLiteMove(ctx, path, query)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// OpenTarget implements port.MovableDriver. A crash loses the file, so it belongs to nobody until Commit: nothing waits for the disk
// before.
func (s SQLite) OpenTarget(ctx context.Context, dsn string) (port.MoveTarget, error) {
	query := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "foreign_keys(0)", "journal_mode(OFF)", "synchronous(OFF)", "cache_size(-65536)", "locking_mode(EXCLUSIVE)",
	}}
	path := s.Path(dsn)
	made, err := os.OpenFile(path, os.O_CREATE, 0o600) // with the mode of a database of this service
	if err != nil {
		return nil, err
	}
	if err := made.Close(); err != nil {
		return nil, err
	}
	m, err := openSQLiteMove(ctx, path, query)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func openSQLiteMove(ctx context.Context, path string, query url.Values) (*sqliteMove, error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	m := &sqliteMove{path: path, db: db, stored: map[string]map[string]string{}}
	if err := m.begin(ctx); err != nil {
		return nil, errors.Join(translateSQLite(err), m.Close())
	}
	return m, nil
}

func (m *sqliteMove) begin(ctx context.Context) (err error) {
	if m.conn, err = m.db.Conn(ctx); err != nil {
		return err
	}
	if err = m.conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&m.version); err != nil {
		return err
	}
	if m.tx, err = m.conn.BeginTx(ctx, nil); err != nil {
		return err
	}
	return m.describe(ctx)
}

// describe reads the names of the tables and the types of their columns.
func (m *sqliteMove) describe(ctx context.Context) error {
	rows, err := m.tx.QueryContext(ctx, `SELECT t.name, c.name, lower(c.type) FROM pragma_table_list t, pragma_table_xinfo(t.name) c
		WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return translateSQLite(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var table, column, stored string
		if err := rows.Scan(&table, &column, &stored); err != nil {
			return err
		}
		if m.stored[table] == nil {
			m.stored[table] = map[string]string{}
		}
		m.stored[table][column] = stored
	}
	return rows.Err()
}

// Schema implements port.MoveReader.
func (m *sqliteMove) Schema(ctx context.Context) (s port.MoveSchema, err error) {
	if m.stored["goose_db_version"] != nil {
		err = m.tx.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version").Scan(&s.Migration)
	}
	if err == nil && m.stored["river_migration"] != nil {
		err = m.tx.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM river_migration").Scan(&s.Queue)
	}
	return s, err
}

// Tables implements port.MoveReader. Foreign keys are checked at the end, so the order is that of the names, and tables with derived
// columns come last. The kinds of the values are not known here: SQLite stores most of them as text.
func (m *sqliteMove) Tables(context.Context) ([]port.MoveTable, error) {
	var list, last []port.MoveTable
	for _, name := range m.names() {
		if slices.Contains(unmoved, name) {
			continue
		}
		table := port.MoveTable{Name: name}
		for column := range m.stored[name] {
			_, computed := derived[name][column]
			table.Columns = append(table.Columns, port.MoveColumn{Name: column, Kind: port.ValueStored, Derived: computed})
		}
		if derived[name] != nil {
			last = append(last, table)
			continue
		}
		list = append(list, table)
	}
	return append(list, last...), nil
}

func (m *sqliteMove) names() []string {
	names := make([]string, 0, len(m.stored))
	for name := range m.stored {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Holding implements port.MoveReader.
func (m *sqliteMove) Holding(ctx context.Context) (string, error) {
	for _, name := range m.names() {
		var holds bool
		if isVersion(name) {
			continue
		}
		if err := m.tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+quoteSQLite(name)+")").Scan(&holds); err != nil {
			return "", err
		}
		if holds {
			return name, nil
		}
	}
	return "", nil
}

// quoteSQLite returns a name of SQLite as it is written in a statement.
func quoteSQLite(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Rows implements port.MoveReader.
func (m *sqliteMove) Rows(ctx context.Context, table port.MoveTable, each func(port.MoveRow) error) error {
	columns := make([]string, len(table.Columns))
	for i, column := range table.Columns {
		columns[i] = sqliteReads(column, m.stored[table.Name][column.Name])
	}
	rows, err := m.tx.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s", strings.Join(columns, ", "), quoteSQLite(table.Name)))
	if err != nil {
		return translateSQLite(err)
	}
	defer func() { _ = rows.Close() }()
	values, places, row := make([]any, len(columns)), make([]any, len(columns)), make(port.MoveRow, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for i, value := range values {
			if row[i], err = sqliteValue(table.Columns[i].Kind, value, row[i][:0]); err != nil {
				return badValue(table, i, row, err)
			}
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return translateSQLite(rows.Err())
}

// Write implements port.MoveTarget.
func (m *sqliteMove) Write(ctx context.Context, table port.MoveTable, rows func(insert func(port.MoveRow) error) error) error {
	if err := m.dropTriggers(ctx); err != nil {
		return err
	}
	insert, err := m.tx.PrepareContext(ctx, m.insertStatement(table))
	if err != nil {
		return translateSQLite(err)
	}
	defer func() { _ = insert.Close() }()
	values := make([]any, len(table.Columns))
	return rows(func(row port.MoveRow) error {
		for i, value := range row {
			var err error
			if values[i], err = sqliteStores(table.Columns[i].Kind, m.stored[table.Name][table.Columns[i].Name], value); err != nil {
				return badValue(table, i, row, err)
			}
		}
		_, err := insert.ExecContext(ctx, values...)
		return translateSQLite(err)
	})
}

// insertStatement returns the statement that inserts a row, with the expressions of its derived columns.
func (m *sqliteMove) insertStatement(table port.MoveTable) string {
	var names, given, chosen []string
	for _, column := range table.Columns {
		place := "?"
		if blob := m.stored[table.Name][column.Name] == "blob"; blob && (column.Kind == port.ValueJSON || column.Kind == port.ValueList) {
			place = "jsonb(?)"
		}
		names, given = append(names, quoteSQLite(column.Name)), append(given, place+" AS "+quoteSQLite(column.Name))
		chosen = append(chosen, "v."+quoteSQLite(column.Name))
	}
	for column, expression := range derived[table.Name] {
		names, chosen = append(names, quoteSQLite(column)), append(chosen, expression)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM (SELECT %s) v",
		quoteSQLite(table.Name), strings.Join(names, ", "), strings.Join(chosen, ", "), strings.Join(given, ", "))
}

// dropTriggers drops the triggers, once.
func (m *sqliteMove) dropTriggers(ctx context.Context) error {
	rows, err := m.tx.QueryContext(ctx, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var drop []string
	for rows.Next() {
		var name, statement string
		if err := rows.Scan(&name, &statement); err != nil {
			return err
		}
		drop, m.triggers = append(drop, name), append(m.triggers, statement)
	}
	if err := rows.Err(); err != nil { // and all rows were read, so they are closed
		return err
	}
	for _, name := range drop {
		if _, err := m.tx.ExecContext(ctx, "DROP TRIGGER "+quoteSQLite(name)); err != nil {
			return err
		}
	}
	return nil
}
