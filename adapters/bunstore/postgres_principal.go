package bunstore

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresReadRows sends the role, the org and the statements together, in one implicit transaction and one round trip.
func postgresReadRows(pool *pgxpool.Pool) readRows {
	return func(ctx context.Context, reads []*rowRead) error {
		conn, err := acquire(ctx, pool.Acquire)
		if err != nil {
			return err
		}
		defer conn.Release()
		statements := make([]prepared, len(reads))
		for i, read := range reads {
			known, ok := sessionOf(conn.Conn()).prepared[read.statement]
			if !ok {
				return readUnprepared(ctx, conn.Conn(), reads)
			}
			statements[i] = known
		}
		return readPrepared(ctx, conn.Conn(), statements, reads)
	}
}

// readPrepared runs prepared statements by their stored descriptions. With a pgx.Batch the server would describe them again, which
// takes a third of the allocations of a request.
func readPrepared(ctx context.Context, conn *pgx.Conn, statements []prepared, reads []*rowRead) (err error) {
	started := sessionOf(conn)
	var batch pgconn.Batch
	for i, read := range reads {
		read.err = pgx.ErrNoRows
		values := make([][]byte, len(read.args))
		for at, arg := range read.args {
			values[at] = []byte(arg)
		}
		if i == 0 {
			batch.ExecStatement(started.prepared[started.bind].StatementDescription, values[:1], nil, nil)
		}
		batch.ExecStatement(statements[i].StatementDescription, values, nil, statements[i].formats)
	}
	results := conn.PgConn().ExecBatch(ctx, &batch)
	defer func() {
		if failed := results.Close(); failed != nil {
			err = failed
		}
	}()
	if results.NextResult() {
		if _, err := results.ResultReader().Close(); err != nil {
			return err
		}
	}
	for _, read := range reads {
		if !results.NextResult() {
			return nil // Close returns why
		}
		reader := results.ResultReader()
		if reader.NextRow() {
			read.err = read.row(func(columns ...any) error {
				return pgx.ScanRow(conn.TypeMap(), reader.FieldDescriptions(), reader.Values(), columns...)
			})
		}
		if _, err := reader.Close(); err != nil {
			return err
		}
	}
	return nil
}

// readUnprepared runs the same statements where not all are prepared, for example behind a pooler.
func readUnprepared(ctx context.Context, conn *pgx.Conn, reads []*rowRead) (err error) {
	var batch pgx.Batch
	for i, read := range reads {
		values := make([]any, len(read.args))
		for at, arg := range read.args {
			values[at] = arg
		}
		if i == 0 {
			batch.Queue(sessionOf(conn).bind, values[0])
		}
		batch.Queue(read.statement, values...)
	}
	results := conn.SendBatch(ctx, &batch)
	defer func() {
		if failed := results.Close(); err == nil {
			err = failed
		}
	}()
	if _, err := results.Exec(); err != nil {
		return err
	}
	for _, read := range reads {
		read.err = read.row(results.QueryRow().Scan)
	}
	return nil
}
