package bunstore

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// batchRows implements driver.Rows for the last statement of a batch.
type batchRows struct {
	types   *pgtype.Map
	results *pgconn.MultiResultReader
	rows    *pgconn.ResultReader
}

// Columns implements driver.Rows.
func (r *batchRows) Columns() []string {
	fields := r.rows.FieldDescriptions()
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = field.Name
	}
	return names
}

// Next implements driver.Rows.
func (r *batchRows) Next(row []driver.Value) error {
	if !r.rows.NextRow() {
		_, err := r.rows.Close()
		return cmp.Or(err, io.EOF)
	}
	fields := r.rows.FieldDescriptions()
	for i, raw := range r.rows.Values() {
		var err error
		if row[i], err = r.value(fields[i], raw); err != nil {
			return fmt.Errorf("read the column %s: %w", fields[i].Name, err)
		}
	}
	return nil
}

func (r *batchRows) value(field pgconn.FieldDescription, raw []byte) (driver.Value, error) {
	if raw == nil {
		return nil, nil //nolint:nilnil // NULL
	}
	if known, ok := r.types.TypeForOID(field.DataTypeOID); ok {
		return known.Codec.DecodeDatabaseSQLValue(r.types, field.DataTypeOID, field.Format, raw)
	}
	return string(raw), nil // the server sends other types as text
}

// Close implements driver.Rows.
func (r *batchRows) Close() error {
	_, err := r.rows.Close()
	return cmp.Or(r.results.Close(), err)
}

// unitRows commits after the last row, so that a failed commit is an error of the rows.
type unitRows struct {
	driver.Rows
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
