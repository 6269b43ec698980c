package bunstore

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresReadRow sends the role, the org (the first argument) and the statement together, in one implicit transaction and one round
// trip.
func postgresReadRow(pool *pgxpool.Pool) readRow {
	return func(ctx context.Context, statement string, args []string, row func(scan func(...any) error) error) error {
		conn, err := acquire(ctx, pool.Acquire)
		if err != nil {
			return err
		}
		defer conn.Release()
		if read, ok := sessionOf(conn.Conn()).prepared[statement]; ok {
			return readPrepared(ctx, conn.Conn(), read, args, row)
		}
		return readUnprepared(ctx, conn.Conn(), statement, args, row)
	}
}

// readPrepared runs prepared statements by their stored descriptions. With a pgx.Batch the server would describe them again, which
// takes a third of the allocations of a request.
func readPrepared(
	ctx context.Context, conn *pgx.Conn, read prepared, args []string, row func(scan func(...any) error) error,
) (err error) {
	started := sessionOf(conn)
	values := make([][]byte, len(args))
	for i, arg := range args {
		values[i] = []byte(arg)
	}
	var batch pgconn.Batch
	batch.ExecStatement(started.prepared[started.bind].StatementDescription, values[:1], nil, nil)
	batch.ExecStatement(read.StatementDescription, values, nil, read.formats)
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
	if !results.NextResult() || !results.ResultReader().NextRow() {
		return pgx.ErrNoRows
	}
	reader := results.ResultReader()
	return row(func(columns ...any) error {
		return pgx.ScanRow(conn.TypeMap(), reader.FieldDescriptions(), reader.Values(), columns...)
	})
}

// readUnprepared runs the same statements where none is prepared, for example behind a pooler.
func readUnprepared(
	ctx context.Context, conn *pgx.Conn, statement string, args []string, row func(scan func(...any) error) error,
) error {
	values := make([]any, len(args))
	for i, arg := range args {
		values[i] = arg
	}
	var batch pgx.Batch
	batch.Queue(sessionOf(conn).bind, values[0])
	batch.Queue(statement, values...)
	results := conn.SendBatch(ctx, &batch)
	defer func() { _ = results.Close() }()
	if _, err := results.Exec(); err != nil {
		return err
	}
	return row(results.QueryRow().Scan)
}
