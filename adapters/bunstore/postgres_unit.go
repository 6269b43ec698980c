package bunstore

import (
	"context"
	"database/sql/driver"
	"fmt"
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

// unitConnector opens connections that know of a unit's ends, by the context of BeginTx.
type unitConnector struct{ driver.Connector }

func (c unitConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return unitConn{conn.(*stdlib.Conn)}, nil
}

type unitConn struct{ *stdlib.Conn }

func (c unitConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	ends, ok := ctx.Value(endsKey{}).(*ends)
	if !ok {
		return c.Conn.BeginTx(ctx, opts)
	}
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	tx, err := c.Conn.Conn().BeginTx(ctx, pgx.TxOptions{BeginQuery: ends.begin(opts.ReadOnly)})
	if err != nil {
		return nil, err
	}
	return &unitTx{ctx, c.Conn.Conn(), tx, ends}, nil
}

// begin is one message of the simple protocol, which knows no parameters: the org is an id
// (unit has made sure) and the door one of our own words.
func (e *ends) begin(readOnly bool) string {
	var text strings.Builder
	text.WriteString("BEGIN")
	if readOnly {
		text.WriteString(" READ ONLY")
	}
	if e.org != "" {
		fmt.Fprintf(&text, "; SELECT set_config('sole.org_id', '%s', true)", e.org)
	}
	if e.door != "" {
		fmt.Fprintf(&text, "; SELECT set_config('sole.door', '%s', true)", e.door)
	}
	return text.String()
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
