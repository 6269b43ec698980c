package harness

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Template is a database that is prepared once per test process. Tests use copies of it: a copy takes
// milliseconds, migrations take a second.
type Template struct {
	// Prepare fills the empty database at a URL (postgres:// or sqlite://) and closes its connections.
	Prepare func(databaseURL string) error

	postgres, sqlite prepared
}

// prepared is the result of preparing one kind of database.
type prepared struct {
	once sync.Once
	name string // of the database, or its file
	err  error
}

// Postgres returns the DSN of a copy, which is dropped when the test ends.
func (p *Template) Postgres(t testing.TB) string {
	t.Helper()
	admin := sharedPostgres.URL(t)
	p.postgres.once.Do(func() { p.postgres.name, p.postgres.err = p.preparePostgres(admin) })
	if p.postgres.err != nil {
		t.Fatalf("prepare the template database: %v", p.postgres.err)
	}
	return newDatabase(t, admin, p.postgres.name)
}

func (p *Template) preparePostgres(admin string) (name string, err error) {
	name = newName("template")
	if err := executeOn(admin, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return "", err
	}
	AtEnd(func() { _ = executeOn(admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	dsn, err := withDatabase(admin, name)
	if err != nil {
		return "", err
	}
	return name, p.Prepare(dsn)
}

// SQLite returns the path of a copy in a folder of the test.
func (p *Template) SQLite(t testing.TB) string {
	t.Helper()
	p.sqlite.once.Do(func() { p.sqlite.name, p.sqlite.err = p.prepareSQLite() })
	if p.sqlite.err != nil {
		t.Fatalf("prepare the template database: %v", p.sqlite.err)
	}
	content, err := os.ReadFile(p.sqlite.name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sole.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (p *Template) prepareSQLite() (path string, err error) {
	folder, err := os.MkdirTemp("", "sole-template-")
	if err != nil {
		return "", err
	}
	AtEnd(func() { _ = os.RemoveAll(folder) })
	path = filepath.Join(folder, "sole.db")
	return path, p.Prepare("sqlite://" + path)
}

// newDatabase creates a database for the test as a copy of another and returns its DSN.
func newDatabase(t testing.TB, admin, template string) string {
	t.Helper()
	name := newName("test")
	dsn, err := withDatabase(admin, name)
	if err != nil {
		t.Fatalf("%s: %v", sharedPostgres.env, err)
	}
	execute(t, admin, "CREATE DATABASE "+name+" TEMPLATE "+template)
	t.Cleanup(func() { execute(t, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return dsn
}

func newName(kind string) string { return "sole_" + kind + "_" + strings.ToLower(rand.Text()) }

func withDatabase(admin, name string) (string, error) {
	dsn, err := url.Parse(admin)
	if err != nil || dsn.Scheme == "" {
		return "", errors.New("not a URL") // the cause may hold a password
	}
	dsn.Path = "/" + name
	return dsn.String(), nil
}

func execute(t testing.TB, dsn, statement string) {
	t.Helper()
	if err := executeOn(dsn, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func executeOn(dsn, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}
