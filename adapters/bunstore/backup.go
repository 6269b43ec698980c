package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sole-platform/sole/domain"
)

// SnapshotSQLite writes the database as it stands at one moment into a new file. It reads
// beside whoever writes and holds nobody up; what was committed before it was called is in.
func SnapshotSQLite(ctx context.Context, path, target string) (err error) {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("the database cannot be read: %w", err)
	}
	db, err := openSQLite(path, "deferred")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err = db.ExecContext(ctx, "VACUUM INTO ?", target); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return nil
}

// Contents is what a database file holds.
type Contents struct {
	Schema   int64                          // version of the schema
	Canaries map[string]domain.SealedSecret // by name; empty before the schema had them
	Rows     map[string]int64               // of orgs, users and audit_events
}

// InspectSQLite looks into a file that nobody writes, and changes nothing. A file that is
// damaged, refers to what is not there or belongs to another program is an error.
func InspectSQLite(ctx context.Context, path string) (c Contents, err error) {
	query := url.Values{"mode": {"ro"}, "immutable": {"1"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, check := range checks {
		var fault string
		err := db.QueryRowContext(ctx, check.query).Scan(&fault)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return c, fmt.Errorf("the database is damaged, %s: %w", check.name, err)
		}
		if fault != "" && fault != "ok" {
			return c, fmt.Errorf("the database is damaged, %s: %s", check.name, fault)
		}
	}
	return read(ctx, db)
}

// checks find the first fault of a database, what all else rests on first.
var checks = []struct{ name, query string }{
	{"integrity_check", "PRAGMA integrity_check(1)"},
	{"foreign_key_check", `SELECT printf('row %d of %s refers to a row of %s that is not there', rowid, "table", parent) FROM pragma_foreign_key_check LIMIT 1`},
}

func read(ctx context.Context, db *sql.DB) (c Contents, err error) {
	if err := db.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version").Scan(&c.Schema); err != nil {
		return c, fmt.Errorf("the file is no database of this service: %w", err)
	}
	c.Rows = map[string]int64{}
	for _, table := range []string{"orgs", "users", "audit_events"} {
		var n int64
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			return c, fmt.Errorf("the file is no database of this service: %w", err)
		}
		c.Rows[table] = n
	}
	c.Canaries, err = canaries(ctx, db)
	return c, err
}

func canaries(ctx context.Context, db *sql.DB) (map[string]domain.SealedSecret, error) {
	var known bool
	if err := db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'canaries')").Scan(&known); err != nil || !known {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, "SELECT name, sealed FROM canaries")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	all := map[string]domain.SealedSecret{}
	for rows.Next() {
		var name, sealed string
		if err := rows.Scan(&name, &sealed); err != nil {
			return nil, err
		}
		all[name] = domain.SealedSecret(sealed)
	}
	return all, rows.Err()
}

// ErrInUse means that another process has the database file open.
var ErrInUse = errors.New("another process has the database open: end it first")

// SettleSQLite puts into the file what still waits beside it (in its -wal), so that the file
// alone is the whole database.
func SettleSQLite(ctx context.Context, path string) (err error) {
	db, err := openSQLite(path, "deferred")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, "PRAGMA journal_mode = DELETE")
	if sqliteCode(err)&0xff == sqlite3.SQLITE_BUSY {
		return ErrInUse
	}
	return err
}
