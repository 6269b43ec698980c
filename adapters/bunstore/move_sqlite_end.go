package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/sole-platform/sole/application/port"
)

// Counters implements port.MoveReader.
func (m *sqliteMove) Counters(ctx context.Context) (map[string]int64, error) {
	rows, err := m.tx.QueryContext(ctx, "SELECT name, seq FROM sqlite_sequence")
	if err != nil {
		return nil, translateSQLite(err)
	}
	defer func() { _ = rows.Close() }()
	counters := map[string]int64{}
	for rows.Next() {
		var table string
		var n int64
		if err := rows.Scan(&table, &n); err != nil {
			return nil, err
		}
		if !slices.Contains(unmoved, table) {
			counters[table] = n
		}
	}
	return counters, rows.Err()
}

// Count implements port.MoveTarget.
func (m *sqliteMove) Count(ctx context.Context, counters map[string]int64) error {
	for table, n := range counters {
		_, err := m.tx.ExecContext(ctx, "DELETE FROM sqlite_sequence WHERE name = ?", table)
		if err == nil && n > 0 {
			_, err = m.tx.ExecContext(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table, n)
		}
		if err != nil {
			return translateSQLite(err)
		}
	}
	return nil
}

// Commit implements port.MoveTarget.
func (m *sqliteMove) Commit(ctx context.Context) error {
	for _, statement := range m.triggers {
		if _, err := m.tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("create a trigger again: %w", err)
		}
	}
	m.triggers = nil
	for _, check := range checks[1:] {
		var fault string
		err := m.tx.QueryRowContext(ctx, check.query).Scan(&fault)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return translateSQLite(err)
		}
		if fault != "" {
			return fmt.Errorf("the rows that were moved do not fit together: %s", fault)
		}
	}
	if _, err := m.tx.ExecContext(ctx, "ANALYZE"); err != nil {
		return translateSQLite(err)
	}
	if err := m.tx.Commit(); err != nil {
		return translateSQLite(err)
	}
	return syncFile(m.path)
}

// syncFile waits until a file is on the disk.
func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// Unchanged implements port.MoveSource. Only other connections change data_version, and within a transaction it stays the same.
func (m *sqliteMove) Unchanged(ctx context.Context) error {
	if err := m.tx.Rollback(); err != nil {
		return translateSQLite(err)
	}
	var version int64
	if err := m.conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version); err != nil {
		return translateSQLite(err)
	}
	if version != m.version {
		return port.ErrMoveChanged
	}
	return nil
}

// Close implements port.MoveReader.
func (m *sqliteMove) Close() error {
	var err error
	if m.tx != nil {
		_ = m.tx.Rollback() // nothing to undo once committed
	}
	if m.conn != nil {
		err = m.conn.Close()
	}
	return errors.Join(err, m.db.Close())
}
