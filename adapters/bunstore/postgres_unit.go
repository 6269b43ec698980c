package bunstore

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sole-platform/sole/domain"
)

// pipeline holds what PostgreSQL receives together with the next statement of a unit of work, in one message: what begins
// the transaction, and the statements whose results are not needed. Each saves a round trip.
type pipeline struct {
	org     domain.OrgID
	door    string
	frozen  bool // whether every statement sees the data as it is at the first one
	waiting []statement
	begun   bool // whether the unit of work is on PostgreSQL, where statements can wait
	empty   bool // whether the unit of work has run no statement yet
}

// statement is an SQL statement with its arguments.
type statement struct {
	text string
	args []any
}

type pipelineKey struct{}

// begin queues what begins the transaction: the settings of the session, the org and the door.
func (p *pipeline) begin(session session, readOnly bool) {
	p.waiting = []statement{{text: begin}, {session.bind, []any{string(p.org)}}}
	if readOnly {
		p.waiting[0].text += " READ ONLY"
	}
	if p.frozen {
		p.waiting[0].text += " ISOLATION LEVEL REPEATABLE READ"
	}
	if p.door != "" {
		p.waiting = append(p.waiting, statement{setDoor, []any{p.door}})
	}
	p.begun, p.empty = true, true
}

const (
	begin   = "BEGIN"
	setDoor = "SELECT set_config('sole.door', $1, true)"
)

func (p *pipeline) queue(text string, args ...any) {
	p.waiting, p.empty = append(p.waiting, statement{text, args}), false
}

// send sends the waiting statements and then this one. It reads the results of the waiting ones, and returns that of this one,
// which must be closed.
func (p *pipeline) send(ctx context.Context, conn *pgx.Conn, last statement) (*pgconn.MultiResultReader, error) {
	var batch pgconn.Batch
	for _, next := range append(p.waiting, last) {
		if err := next.add(&batch, conn); err != nil {
			return nil, err
		}
	}
	results := conn.PgConn().ExecBatch(ctx, &batch)
	for range p.waiting {
		if results.NextResult() {
			_, _ = results.ResultReader().Close() // an error ends all results
		}
	}
	p.waiting, p.empty = nil, false
	if !results.NextResult() {
		return nil, cmp.Or(results.Close(), errNoResult)
	}
	return results, nil
}

var errNoResult = errors.New("the server sent no result")

// add appends the statement to a batch. Unlike pgx.Batch it lets the server describe the columns of prepared statements only once
// for each connection.
func (s statement) add(batch *pgconn.Batch, conn *pgx.Conn) error {
	var encoded pgx.ExtendedQueryBuilder
	known, isPrepared := sessionOf(conn).prepared[s.text]
	if err := encoded.Build(conn.TypeMap(), known.StatementDescription, s.args); err != nil {
		return err
	}
	if isPrepared {
		batch.ExecStatement(known.StatementDescription, encoded.ParamValues, encoded.ParamFormats, known.formats)
	} else {
		batch.ExecParams(s.text, encoded.ParamValues, nil, encoded.ParamFormats, encoded.ResultFormats)
	}
	return nil
}

// exec sends a statement that returns no rows.
func (p *pipeline) exec(ctx context.Context, conn *pgx.Conn, last statement) (pgconn.CommandTag, error) {
	results, err := p.send(ctx, conn, last)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := results.ResultReader().Close()
	return tag, cmp.Or(results.Close(), err)
}

// unitConnector opens connections that run every statement in a transaction, which begins as the session describes. The
// context of BeginTx contains the pipeline of a unit of work.
type unitConnector struct{ driver.Connector }

func (c unitConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &unitConn{Conn: conn.(*stdlib.Conn)}, nil
}

type unitConn struct {
	*stdlib.Conn
	unit *pipeline // of the open transaction; nil without one
}

var errIsolation = errors.New("transactions always have the server's default isolation level: leave it unset")

// BeginTx implements driver.ConnBeginTx. It sends nothing yet.
func (c *unitConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if opts.Isolation != driver.IsolationLevel(sql.LevelDefault) {
		return nil, errIsolation
	}
	return c.begin(ctx, opts.ReadOnly)
}

func (c *unitConn) begin(ctx context.Context, readOnly bool) (*unitTx, error) {
	conn := c.Conn.Conn()
	if conn.IsClosed() {
		return nil, driver.ErrBadConn
	}
	unit, ok := ctx.Value(pipelineKey{}).(*pipeline)
	if !ok {
		unit = &pipeline{}
	}
	unit.begin(sessionOf(conn), readOnly)
	c.unit = unit
	return &unitTx{ctx: ctx, conn: c}, nil
}

// ExecContext implements driver.ExecerContext. Outside a unit of work the statement runs in a transaction of its own.
func (c *unitConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.unit != nil {
		return c.exec(ctx, query, args)
	}
	tx, err := c.begin(ctx, false)
	if err != nil {
		return nil, err
	}
	result, err := c.exec(ctx, query, args)
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return result, tx.Commit()
}

func (c *unitConn) exec(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(c.unit.waiting) == 0 {
		return c.Conn.ExecContext(ctx, query, args)
	}
	tag, err := c.unit.exec(ctx, c.Conn.Conn(), statement{query, valuesOf(args)})
	return driver.RowsAffected(tag.RowsAffected()), err
}

// QueryContext implements driver.QueryerContext. Outside a unit of work the statement runs in a transaction of its own,
// which ends after the last row.
func (c *unitConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.unit != nil {
		return c.query(ctx, query, args)
	}
	tx, err := c.begin(ctx, false)
	if err != nil {
		return nil, err
	}
	rows, err := c.query(ctx, query, args)
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return &unitRows{Rows: rows, tx: tx}, nil
}

func (c *unitConn) query(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if len(c.unit.waiting) == 0 {
		return c.Conn.QueryContext(ctx, query, args)
	}
	conn := c.Conn.Conn()
	results, err := c.unit.send(ctx, conn, statement{query, valuesOf(args)})
	if err != nil {
		return nil, err
	}
	return &batchRows{types: conn.TypeMap(), results: results, rows: results.ResultReader()}, nil
}

func valuesOf(args []driver.NamedValue) []any {
	values := make([]any, len(args))
	for i, arg := range args {
		values[i] = arg.Value
	}
	return values
}

// PrepareContext implements driver.ConnPrepareContext. It returns an error, because a prepared statement would run outside a
// transaction and, behind a pooler, on another connection.
func (*unitConn) PrepareContext(context.Context, string) (driver.Stmt, error) {
	return nil, errors.New("prepared statements are not available: run the statement itself")
}

// unitTx implements driver.Tx.
type unitTx struct {
	ctx  context.Context // of BeginTx, because driver.Tx has no context parameters
	conn *unitConn
}

// Commit implements driver.Tx. A transaction without statements was never sent, so nothing is committed.
func (t *unitTx) Commit() error {
	unit, conn := t.conn.unit, t.conn.Conn.Conn()
	if unit.empty {
		t.conn.unit = nil
		return nil
	}
	delete(conn.PgConn().CustomData(), unreplicatedKey) // statements outside of units commit on this connection, too
	tag, err := unit.exec(t.ctx, conn, statement{text: "COMMIT"})
	if err != nil {
		_ = t.Rollback() // a failed statement leaves the transaction open
		return err
	}
	t.conn.unit = nil
	if conn.PgConn().CustomData()[unreplicatedKey] != nil {
		return errUnreplicated
	}
	if tag.String() == "ROLLBACK" {
		return pgx.ErrTxCommitRollback
	}
	return nil
}

const unreplicatedKey = "sole.unreplicated"

// noteUnreplicated notes that the server has given up waiting for a synchronous standby. It does so at statement_timeout, reports
// the commit as done, and only warns. Messages are translated, so the name of the server's routine identifies the warning.
func noteUnreplicated(conn *pgconn.PgConn, notice *pgconn.Notice) {
	if notice.Routine == "SyncRepWaitForLSN" {
		conn.CustomData()[unreplicatedKey] = true
	}
}

// Rollback implements driver.Tx.
func (t *unitTx) Rollback() error {
	t.conn.unit = nil
	conn := t.conn.Conn.Conn()
	if conn.PgConn().TxStatus() == 'I' {
		return nil
	}
	_, err := conn.Exec(t.ctx, "ROLLBACK")
	if err != nil {
		_ = conn.Close(t.ctx) // its state is unknown
	}
	return err
}
