package bunstore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"github.com/sole-platform/sole/application/port"
)

// Postgres implements port.DatabaseDriver for postgres:// URLs.
type Postgres struct{}

// SQLite implements port.FileDriver for sqlite:// URLs: sqlite://relative/path and sqlite:///absolute/path.
type SQLite struct{}

var (
	_ port.DatabaseDriver = Postgres{}
	_ port.FileDriver     = SQLite{}
)

// System implements port.DatabaseDriver.
func (Postgres) System() string { return "postgresql" }

// Example implements port.DatabaseDriver.
func (Postgres) Example() string { return "postgres://user:password@host:5432/database" }

// Check implements port.DatabaseDriver.
func (Postgres) Check(url string) error { return CheckPostgresURL(url) }

// Identity implements port.DatabaseDriver. It is the hosts and the name of the database.
func (Postgres) Identity(dsn string) string {
	at, err := url.Parse(dsn)
	if err != nil {
		return ""
	}
	return at.Host + at.Query().Get("host") + at.Path
}

// Open implements port.DatabaseDriver.
func (Postgres) Open(urls port.DatabaseURLs, hooks port.DatabaseHooks) (port.Database, error) {
	store, err := OpenPostgres(urls, hooks)
	if err != nil {
		return nil, err // a nil *Store in a port.Database would not be nil
	}
	return store, nil
}

// System implements port.DatabaseDriver.
func (SQLite) System() string { return "sqlite" }

// Example implements port.DatabaseDriver.
func (SQLite) Example() string { return "sqlite://./data/sole.db" }

// Check implements port.DatabaseDriver.
func (s SQLite) Check(url string) error {
	if path := s.Path(url); path == "" || strings.HasSuffix(path, "/") {
		return errors.New("the URL names no file: write sqlite://./data/sole.db or sqlite:///var/lib/sole/sole.db")
	}
	return nil
}

// Identity implements port.DatabaseDriver. It is the absolute path of the file.
func (s SQLite) Identity(url string) string {
	path := s.Path(url)
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return path
}

// Open implements port.DatabaseDriver.
func (s SQLite) Open(urls port.DatabaseURLs, hooks port.DatabaseHooks) (port.Database, error) {
	store, err := OpenSQLite(s.Path(urls.Service), hooks)
	if err != nil {
		return nil, err
	}
	return store, nil
}

// Path implements port.FileDriver.
func (SQLite) Path(dsn string) string {
	path := strings.TrimPrefix(strings.TrimPrefix(dsn, "sqlite:"), "//")
	if unescaped, err := url.PathUnescape(path); err == nil {
		return unescaped
	}
	return path
}

// URL implements port.FileDriver.
func (SQLite) URL(path string) string {
	if !filepath.IsAbs(path) {
		path = "./" + path
	}
	return "sqlite://" + (&url.URL{Path: path}).EscapedPath()
}

// Lock implements port.FileDriver.
func (SQLite) Lock(path string) (unlock func() error, err error) {
	lock := flock.New(path + ".serve.lock")
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the database file: %w", err)
	}
	if !locked {
		return nil, port.ErrDatabaseServed
	}
	return lock.Unlock, nil
}

// Snapshot implements port.FileDriver.
func (SQLite) Snapshot(ctx context.Context, path, target string) error {
	return snapshotSQLite(ctx, path, target)
}

// Inspect implements port.FileDriver.
func (SQLite) Inspect(ctx context.Context, path string) (port.DatabaseContents, error) {
	return inspectSQLite(ctx, path)
}

// Settle implements port.FileDriver.
func (SQLite) Settle(ctx context.Context, path string) error { return settleSQLite(ctx, path) }

// KeepCopy implements port.FileDriver.
func (SQLite) KeepCopy(ctx context.Context, path, suffix string) error {
	return keepCopySQLite(ctx, path, suffix)
}
