package bunstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sole-platform/sole/domain"
)

// postgresOfSession runs a statement that reads one session. It sends the role, the org and the statement together, in one implicit
// transaction and one round trip.
func postgresOfSession(pool *pgxpool.Pool) func(context.Context, string, principalKey, func(func(...any) error) error) error {
	return func(ctx context.Context, statement string, key principalKey, row func(scan func(...any) error) error) error {
		conn, err := acquire(ctx, pool.Acquire)
		if err != nil {
			return err
		}
		defer conn.Release()
		if read, ok := sessionOf(conn.Conn()).prepared[statement]; ok {
			err = readPrepared(ctx, conn.Conn(), read, key, row)
		} else {
			err = readUnprepared(ctx, conn.Conn(), statement, key, row)
		}
		if errors.Is(err, pgx.ErrNoRows) {
			err = domain.ErrTokenRevoked
		}
		return err
	}
}

// readPrepared runs prepared statements by their stored descriptions. With a pgx.Batch the server would describe them again, which
// takes a third of the allocations of a request.
func readPrepared(
	ctx context.Context, conn *pgx.Conn, read prepared, key principalKey, row func(scan func(...any) error) error,
) (err error) {
	started := sessionOf(conn)
	org := []byte(key.org)
	var batch pgconn.Batch
	batch.ExecStatement(started.prepared[started.bind].StatementDescription, [][]byte{org}, nil, nil)
	batch.ExecStatement(read.StatementDescription, [][]byte{org, []byte(key.session)}, nil, read.formats)
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
	ctx context.Context, conn *pgx.Conn, statement string, key principalKey, row func(scan func(...any) error) error,
) error {
	var batch pgx.Batch
	batch.Queue(sessionOf(conn).bind, string(key.org))
	batch.Queue(statement, string(key.org), string(key.session))
	results := conn.SendBatch(ctx, &batch)
	defer func() { _ = results.Close() }()
	if _, err := results.Exec(); err != nil {
		return err
	}
	return row(results.QueryRow().Scan)
}
