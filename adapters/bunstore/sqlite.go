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

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// OpenSQLite prepares a store in one file and creates the folder of the file. One connection writes while a few others
// read (WAL). A commit is on the disk before it is acknowledged. It returns an error if a hook is missing.
func OpenSQLite(path string, hooks port.DatabaseHooks) (*Store, error) {
	if err := hooks.Complete(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the database folder: %w", err)
	}
	// If this fails, SQLite reports why. The files that it creates beside this one get its mode.
	if made, err := os.OpenFile(path, os.O_CREATE, 0o600); err == nil {
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
	store := &Store{hooks: hooks, write: openBun(writer), read: openBun(reader), principals: newPrincipalCache(), dialect: dialect{
		name:            "sqlite",
		eventsBy:        sqliteEventsBy,
		append:          &preparedStatement{db: writer, text: appendEventSQLite},
		setDoor:         func(context.Context, bun.Tx, string) error { return nil },
		keyID:           `substr(sealed, 1, max(instr(sealed, '.') - 1, 0))`,
		reads:           readsOf(sqliteLists),
		readRows:        sqliteReadRows(reader),
		mergeJSON:       "json_patch(document, ?)",
		rolesJSON:       sqliteLists.roles,
		standing:        standingSQL(sqliteLists),
		serviceStanding: serviceStandingSQL(sqliteLists),
		lockHolder:      holderSQL(sqliteLists),
		lockPrincipal:   lockedSQL(principalSQL(sqliteLists), ""),
		lockSession:     lockedSQL(sessionSQL, ""),
		translate:       translateSQLite,
		retry:           func(err error) bool { return sqliteCode(err)&0xff == sqlite3.SQLITE_BUSY },
		migrations:      func() (*migrator, error) { return newSQLiteMigrator(path) },
		pools:           func() []port.PoolStats { return []port.PoolStats{sqlPool("writer", writer), sqlPool("reader", reader)} },
		migrated:        func(context.Context, *sql.DB) error { return nil },
		schema:          sqliteSchema(reader),
		noTable:         func(err error) bool { return strings.Contains(err.Error(), "no such table") },
		isolation:       sqliteIsolation,
		close:           func() error { return errors.Join(reader.Close(), writer.Close()) },
	}}
	store.observeBy(hooks.Observers)
	return store, nil
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

var sqliteLists = listsJSON{
	roles: `SELECT json_group_array(json_object('id', r.id, 'name', r.name,
		'system', json(iif(r.system, 'true', 'false')), 'granted', json(r.granted)))`,
	factors: `SELECT json_group_array(json_object('id', a.id, 'kind', a.kind, 'enrolled_at', a.enrolled_at))`,
}

func sqliteReadRows(reader *sql.DB) readRows {
	return func(ctx context.Context, reads []*rowRead) error {
		for _, read := range reads {
			values := make([]any, len(read.args))
			for i, arg := range read.args {
				values[i] = arg
			}
			read.err = read.row(reader.QueryRowContext(ctx, read.statement, values...).Scan)
		}
		return nil
	}
}

func translateSQLite(err error) error {
	if err == nil || isDomain(err) || errors.Is(err, context.Canceled) {
		return err
	}
	switch code := sqliteCode(err); {
	case code == sqlite3.SQLITE_CONSTRAINT_UNIQUE && strings.Contains(err.Error(), "users.email_key"):
		return domain.ErrEmailTaken
	case code == sqlite3.SQLITE_CONSTRAINT_UNIQUE && strings.Contains(err.Error(), "authenticators.handle"):
		return domain.ErrAuthenticatorTaken
	case code == sqlite3.SQLITE_CONSTRAINT_UNIQUE && strings.Contains(err.Error(), "service_accounts.name_key"):
		return domain.ErrServiceAccountTaken
	case (code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) &&
		strings.Contains(err.Error(), "failed: orgs."):
		return domain.ErrSlugTaken
	case code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return domain.ErrNotFound
	case code&0xff == sqlite3.SQLITE_BUSY, code&0xff == sqlite3.SQLITE_FULL, code&0xff == sqlite3.SQLITE_IOERR,
		code&0xff == sqlite3.SQLITE_CANTOPEN, errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", domain.ErrUnavailable, err)
	}
	return err
}

// sqliteCode returns the extended result code, or 0 for other errors.
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
