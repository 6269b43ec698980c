package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// snapshotSQLite writes the database as it is at one moment into a new file. It blocks no writer, and contains
// everything that was committed before the call.
func snapshotSQLite(ctx context.Context, path, target string) (err error) {
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

// inspectSQLite reads a file that no process writes, and changes nothing. It returns an error for a file that is
// damaged, has a broken foreign key or belongs to another program.
func inspectSQLite(ctx context.Context, path string) (c port.DatabaseContents, err error) {
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

// checks find the first fault of a database; the most basic check comes first.
var checks = []struct{ name, query string }{
	{"integrity_check", "PRAGMA integrity_check(1)"},
	{
		"foreign_key_check",
		`SELECT printf('row %d of %s refers to a row of %s that does not exist', rowid, "table", parent)
			FROM pragma_foreign_key_check LIMIT 1`,
	},
}

func read(ctx context.Context, db *sql.DB) (c port.DatabaseContents, err error) {
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
	err := db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'canaries')").Scan(&known)
	if err != nil || !known {
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

// settleSQLite moves the content of the -wal file into the database file, so that this file alone is the whole database.
func settleSQLite(ctx context.Context, path string) (err error) {
	db, err := openSQLite(path, "deferred")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, "PRAGMA journal_mode = DELETE")
	if sqliteCode(err)&0xff == sqlite3.SQLITE_BUSY {
		return port.ErrDatabaseInUse
	}
	return err
}

// companions are the suffixes of the files next to a database. If the database file is replaced, they have to be removed,
// because SQLite would apply them to the new file.
var companions = []string{"-wal", "-journal", "-shm"}

// keepCopySQLite links the database to a second name. If it is interrupted at any moment, one of the two names still
// refers to a complete database.
func keepCopySQLite(ctx context.Context, database, suffix string) error {
	for _, c := range companions {
		if err := os.Link(database+c, database+suffix+c); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	_, settled := os.Lstat(database)
	if settled == nil {
		settled = settleSQLite(ctx, database)
	}
	unneeded := database // its companions were kept with a database that cannot be read
	if settled == nil || errors.Is(settled, port.ErrDatabaseInUse) {
		unneeded = database + suffix
	}
	for _, c := range companions {
		if err := os.Remove(unneeded + c); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if errors.Is(settled, port.ErrDatabaseInUse) {
		return settled
	}
	if err := os.Link(database, database+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
