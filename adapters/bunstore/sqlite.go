package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sole-platform/sole/domain"
)

// OpenSQLite prepares a store in one file, whose folder it makes. One connection writes,
// a few read beside it (WAL); a commit is on the disk before it is acknowledged.
func OpenSQLite(path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the database folder: %w", err)
	}
	if made, err := os.OpenFile(path, os.O_CREATE, 0o600); err == nil { // else SQLite says why; what it makes beside it is as private
		_ = made.Close()
	}
	writer, err := openSQLite(path, "immediate")
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	reader, err := openSQLite(path, "deferred", "query_only(1)")
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	reader.SetMaxOpenConns(4)
	reader.SetMaxIdleConns(4)
	return &Store{write: openBun(writer), read: openBun(reader), dialect: dialect{
		name:       "sqlite",
		setDoor:    func(context.Context, bun.Tx, string) error { return nil },
		keyID:      `substr(sealed, 1, max(instr(sealed, '.') - 1, 0))`,
		principal:  sqlitePrincipal(reader),
		rolesJSON:  sqliteRoles,
		standing:   standingSQL("?1", "?2", sqliteRoles),
		translate:  translateSQLite,
		retry:      func(err error) bool { return sqliteCode(err)&0xff == sqlite3.SQLITE_BUSY },
		migrations: func() (*migrator, error) { return newSQLiteMigrator(path) },
		pools:      func() []PoolStats { return []PoolStats{sqlPool("writer", writer), sqlPool("reader", reader)} },
		migrated:   func(context.Context, *sql.DB) error { return nil },
		schema:     sqliteSchema(reader),
		noTable:    func(err error) bool { return strings.Contains(err.Error(), "no such table") },
		bound:      func(context.Context) error { return nil },
		isolation:  sqliteIsolation,
		close:      func() error { return errors.Join(reader.Close(), writer.Close()) },
	}}, nil
}

func sqliteSchema(reader *sql.DB) func(context.Context) (int64, error) {
	return func(ctx context.Context) (version int64, err error) {
		err = reader.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version").Scan(&version)
		return version, err
	}
}

func openBun(db *sql.DB) *bun.DB {
	return bun.NewDB(db, sqlitedialect.New(), bun.WithDiscardUnknownColumns()) // a newer build may have added some
}

func openSQLite(path, txlock string, pragmas ...string) (*sql.DB, error) {
	query := url.Values{
		"_txlock": {txlock},
		"_pragma": append([]string{"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(FULL)"}, pragmas...),
	}
	return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query.Encode())
}

const sqliteRoles = `SELECT json_group_array(json_object('id', r.id, 'name', r.name, 'system', json(iif(r.system, 'true', 'false')), 'granted', json(r.granted)))`

func sqlitePrincipal(reader *sql.DB) func(context.Context, domain.OrgID, domain.SessionID) (domain.Principal, error) {
	question := principalSQL("?1", "?2", sqliteRoles)
	return func(ctx context.Context, org domain.OrgID, session domain.SessionID) (domain.Principal, error) {
		principal, err := scanPrincipal(reader.QueryRowContext(ctx, question, string(org), string(session)).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			err = domain.ErrTokenRevoked
		}
		return principal, err
	}
}

func translateSQLite(err error) error {
	if err == nil || isDomain(err) || errors.Is(err, context.Canceled) {
		return err
	}
	switch code := sqliteCode(err); {
	case code == sqlite3.SQLITE_CONSTRAINT_UNIQUE && strings.Contains(err.Error(), "users.email_key"):
		return domain.ErrEmailTaken
	case (code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) && strings.Contains(err.Error(), "failed: orgs."):
		return domain.ErrSlugTaken
	case code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return domain.ErrNotFound
	case code&0xff == sqlite3.SQLITE_BUSY, code&0xff == sqlite3.SQLITE_FULL, code&0xff == sqlite3.SQLITE_IOERR,
		code&0xff == sqlite3.SQLITE_CANTOPEN, errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", domain.ErrUnavailable, err)
	}
	return err
}

// sqliteCode is the extended result code, or 0 for other errors.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

func isDomain(err error) bool {
	_, ok := errors.AsType[*domain.Error](err)
	return ok
}
