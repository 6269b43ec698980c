package harness

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

var sharedPostgres = sharedServer{
	name: "PostgreSQL", env: "SOLE_TEST_DATABASE_URL", advice: "its server binaries (initdb, postgres)",
	routes: []route{{"Docker", postgresContainer}, {"binaries", forAll(newPostgres)}},
}

// Postgres is the DSN of a fresh, empty database, dropped when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	admin := sharedPostgres.URL(t)
	dsn, err := url.Parse(admin)
	if err != nil || dsn.Scheme == "" {
		t.Fatalf("%s is no URL", sharedPostgres.env) // the value may hold a password
	}
	name := "sole_test_" + strings.ToLower(rand.Text())
	execute(t, admin, "CREATE DATABASE "+name+" TEMPLATE template0")
	t.Cleanup(func() { execute(t, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	dsn.Path = "/" + name
	return dsn.String()
}

// PostgresServer is the DSN of a superuser at a server that no other test uses, for what
// concerns all of a server, such as its roles. It goes with the test process.
func PostgresServer(t testing.TB) string {
	t.Helper()
	own := sharedServer{name: "PostgreSQL of the test's own", advice: sharedPostgres.advice, routes: sharedPostgres.routes}
	return own.URL(t)
}

func execute(t testing.TB, dsn, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
