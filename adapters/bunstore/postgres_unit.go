package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sole-platform/sole/domain"
)

// ends are what a unit has to say at its ends, for which it needs no answer: PostgreSQL gets
// it together with BEGIN and with COMMIT, and each saves a round trip.
type ends struct {
	org  domain.OrgID
	door string
	last pgx.Batch
}

type endsKey struct{}

// unitConnector opens connections that run every statement in a transaction, which begins as
// session says. The context of BeginTx carries the ends of a unit.
type unitConnector struct{ driver.Connector }

func (c unitConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return unitConn{conn.(*stdlib.Conn)}, nil
}

type unitConn struct{ *stdlib.Conn }

var errIsolation = errors.New("transactions always have the server's default isolation level: leave it unset")

func (c unitConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if opts.Isolation != driver.IsolationLevel(sql.LevelDefault) {
		return nil, errIsolation
	}
	return c.begin(ctx, opts.ReadOnly)
}

func (c unitConn) begin(ctx context.Context, readOnly bool) (*unitTx, error) {
	conn := c.Conn.Conn()
	if conn.IsClosed() {
		return nil, driver.ErrBadConn
	}
	unit, ok := ctx.Value(endsKey{}).(*ends)
	if !ok {
		unit = &ends{}
	}
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: unit.begin(sessionOf(conn), readOnly)})
	if err != nil {
		return nil, err
	}
	return &unitTx{ctx: ctx, conn: conn, tx: tx, ends: unit}, nil
}

// begin is one message of the simple protocol, which knows no parameters: the org is an id
// (unit has made sure) and the door one of our own words.
func (e *ends) begin(session session, readOnly bool) string {
	var text strings.Builder
	text.WriteString("BEGIN")
	if readOnly {
		text.WriteString(" READ ONLY")
	}
	fmt.Fprintf(&text, "; SELECT %sset_config('sole.org_id', '%s', true)", session.settings, e.org)
	if e.door != "" {
		fmt.Fprintf(&text, ", set_config('sole.door', '%s', true)", e.door)
	}
	return text.String()
}

// ExecContext implements driver.ExecerContext. Outside a unit the statement gets a
// transaction of its own.
func (c unitConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.inTransaction() {
		return c.Conn.ExecContext(ctx, query, args)
	}
	tx, err := c.begin(ctx, false)
	if err != nil {
		return nil, err
	}
	result, err := c.Conn.ExecContext(ctx, query, args)
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return result, tx.Commit()
}

// QueryContext implements driver.QueryerContext. Outside a unit the statement gets a transaction
// of its own, which ends with the rows.
func (c unitConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.inTransaction() {
		return c.Conn.QueryContext(ctx, query, args)
	}
	tx, err := c.begin(ctx, false)
	if err != nil {
		return nil, err
	}
	rows, err := c.Conn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return &unitRows{Rows: rows.(*stdlib.Rows), tx: tx}, nil
}

// PrepareContext implements driver.ConnPrepareContext: a statement prepared here would run
// outside a transaction, and on another connection behind a pooler.
func (unitConn) PrepareContext(context.Context, string) (driver.Stmt, error) {
	return nil, errors.New("prepared statements are not available: run the statement itself")
}

func (c unitConn) inTransaction() bool { return c.Conn.Conn().PgConn().TxStatus() != 'I' }

// unitRows commits after the last row, so that a failed commit is an error of the rows.
type unitRows struct {
	*stdlib.Rows
	tx        *unitTx
	committed bool
}

// Next implements driver.Rows.
func (r *unitRows) Next(row []driver.Value) error {
	err := r.Rows.Next(row)
	if errors.Is(err, io.EOF) {
		if ended := r.end(); ended != nil {
			return ended
		}
	}
	return err
}

// Close implements driver.Rows.
func (r *unitRows) Close() error { return r.end() }

func (r *unitRows) end() error {
	if r.committed {
		return nil
	}
	r.committed = true
	if err := r.Rows.Close(); err != nil {
		return errors.Join(err, r.tx.Rollback())
	}
	return r.tx.Commit()
}

// unitTx implements driver.Tx.
type unitTx struct {
	ctx  context.Context // that of BeginTx, as the driver beneath keeps it
	conn *pgx.Conn
	tx   pgx.Tx
	ends *ends
}

func (t *unitTx) Commit() error {
	if t.ends.last.Len() == 0 {
		return t.tx.Commit(t.ctx)
	}
	t.ends.last.Queue("COMMIT")
	if err := t.conn.SendBatch(t.ctx, &t.ends.last).Close(); err != nil {
		_ = t.tx.Rollback(t.ctx) // of what the batch left open; a lost connection has rolled back
		return err
	}
	return nil
}

func (t *unitTx) Rollback() error { return t.tx.Rollback(t.ctx) }
