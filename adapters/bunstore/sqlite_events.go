package bunstore

import (
	"context"
	"database/sql"
	"sync/atomic"
	"time"
)

// preparedStatement is a statement that the writing connection of SQLite parses once.
type preparedStatement struct {
	db       *sql.DB
	text     string
	prepared atomic.Pointer[sql.Stmt]
}

// prepare parses the statement once. Call it before a unit of work, which takes the only connection. While the table is missing
// it does nothing, and exec runs the text.
func (s *preparedStatement) prepare(ctx context.Context) {
	if s.prepared.Load() != nil {
		return
	}
	statement, err := s.db.PrepareContext(ctx, s.text)
	if err == nil && !s.prepared.CompareAndSwap(nil, statement) {
		_ = statement.Close() //nolint:sqlclosecheck // the one that is kept is closed with the database
	}
}

func (s *preparedStatement) exec(ctx context.Context, tx *sql.Tx, values []any) (sql.Result, error) {
	if statement := s.prepared.Load(); statement != nil {
		return tx.StmtContext(ctx, statement).ExecContext(ctx, values...) //nolint:sqlclosecheck // the transaction closes it
	}
	return tx.ExecContext(ctx, s.text, values...)
}

// sqliteValues replaces each time in the values with the text that Bun stores for it. These texts sort by time.
func sqliteValues(values []any) []any {
	for i, value := range values {
		if at, ok := value.(time.Time); ok {
			values[i] = at.UTC().Format(sqliteTime)
		}
	}
	return values
}

// sqliteEventsBy selects the events that the index of the column contains, and those that wait for a seal, which the index does
// not contain. Without INDEXED BY, SQLite would often choose the primary key and read all events of the org.
func sqliteEventsBy(column eventColumn) string {
	return `(SELECT * FROM audit_events INDEXED BY audit_events_by_` + string(column) + ` WHERE indexed = 1 UNION ALL
		SELECT e.* FROM audit_waiting AS w CROSS JOIN audit_events AS e ON e.org_id = w.org_id AND e.id = w.event_id) AS ae`
}
