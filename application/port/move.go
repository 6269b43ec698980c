package port

import (
	"context"
	"errors"
)

// Errors of a database that cannot be moved, or cannot receive another one.
var (
	// ErrMoveServed means that processes of the service still use the database.
	ErrMoveServed = errors.New("the service still uses it")
	// ErrMoveChanged means that something else wrote to the source while it was read.
	ErrMoveChanged = errors.New("another process wrote to the source meanwhile")
	// ErrMoveLogin is wrapped in an error that says what the login lacks.
	ErrMoveLogin = errors.New("the login may not read and write every row")
)

// MovableDriver is a DatabaseDriver whose databases can be moved to those of another such driver.
type MovableDriver interface {
	DatabaseDriver
	// OpenSource opens a database to read every row as of one moment. It changes nothing in it, and either keeps writers
	// out until Close or reports them by Unchanged. It returns ErrMoveServed if the service uses the database.
	OpenSource(ctx context.Context, url string) (MoveSource, error)
	// OpenTarget opens a database to write rows in one transaction. Until Commit nothing in it is changed.
	OpenTarget(ctx context.Context, url string) (MoveTarget, error)
}

// ValueKind is what the values of a column are, and how a MoveRow has them.
type ValueKind string

// The kinds of values, with the text that a MoveRow has for them.
const (
	ValueStored  ValueKind = ""        // unknown: the value as the database stores it, in a form of its own
	ValueText    ValueKind = "text"    // the text
	ValueUUID    ValueKind = "uuid"    // in lower case
	ValueInteger ValueKind = "integer" // decimal
	ValueBoolean ValueKind = "boolean" // t or f
	ValueTime    ValueKind = "time"    // such as 2026-11-30 20:00:00.123456+00, always UTC, without trailing zeros
	ValueJSON    ValueKind = "json"    // without spaces, with sorted members
	ValueBytes   ValueKind = "bytes"   // \x and hexadecimal
	ValueBits    ValueKind = "bits"    // the bits as a decimal number
	ValueList    ValueKind = "list"    // of texts or of JSON values: a JSON list
)

// MoveColumn is a column of a table.
type MoveColumn struct {
	Name string
	Kind ValueKind
	// Derived means that the target computes the values from other rows, so that they are not moved.
	Derived bool
}

// MoveTable is a table whose rows are moved.
type MoveTable struct {
	Name    string
	Columns []MoveColumn
}

// MoveRow has a value for each column of its table; nil is NULL. It is valid until the next row.
type MoveRow [][]byte

// MoveSchema is the version of a database's tables.
type MoveSchema struct {
	Migration int64 // of the service; 0: there are no tables of the service
	Queue     int64 // of the tables of the queue
}

// MoveReader reads a whole database.
type MoveReader interface {
	// Schema returns the version of the tables.
	Schema(ctx context.Context) (MoveSchema, error)
	// Tables lists the tables that are moved, with rows after those that they refer to. It returns an error for a column
	// whose kind of value is not known.
	Tables(ctx context.Context) ([]MoveTable, error)
	// Holding returns the name of a table that holds a row, or the empty text. It also examines tables of other programs.
	Holding(ctx context.Context) (table string, err error)
	// Rows calls each with every row. The columns are those of table, in its order.
	Rows(ctx context.Context, table MoveTable, each func(MoveRow) error) error
	// Counters returns, for each table that numbers its rows, the highest number that it has given.
	Counters(ctx context.Context) (map[string]int64, error)
	// Close ends the reading. What was written and not committed is discarded.
	Close() error
}

// MoveSource is a database that is moved.
type MoveSource interface {
	MoveReader
	// Unchanged returns ErrMoveChanged if the database is no longer as it was read.
	Unchanged(ctx context.Context) error
}

// MoveTarget is an empty database that receives rows.
type MoveTarget interface {
	MoveReader
	// Write inserts the rows that rows passes to its argument. No trigger of the table runs.
	Write(ctx context.Context, table MoveTable, rows func(insert func(MoveRow) error) error) error
	// Count makes each table go on numbering its rows after the given number.
	Count(ctx context.Context, counters map[string]int64) error
	// Commit checks every constraint and makes the rows permanent, with triggers as they were before.
	Commit(ctx context.Context) error
}

// CompareFolders returns the number of plain files below two folders, and an error that names the first file in which they
// differ. A folder that does not exist counts as empty.
type CompareFolders func(ctx context.Context, one, other string) (files int, err error)
