package harness

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

var postgresServer = server{
	name: "PostgreSQL", env: "SOLE_TEST_DATABASE_URL", advice: "its server binaries (initdb, postgres)",
	starters: []func() (string, error){postgresContainer, postgresBinaries},
}

var databases atomic.Int64

// Postgres is the DSN of a fresh, empty database, dropped when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	admin := postgresServer.URL(t)
	name := fmt.Sprintf("sole_test_%d_%d", os.Getpid(), databases.Add(1))
	execute(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	dsn, err := url.Parse(admin)
	if err != nil {
		t.Fatalf("%s is no URL", postgresServer.env)
	}
	dsn.Path = "/" + name
	return dsn.String()
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

// postgresBinaries starts a private cluster in a temporary folder.
func postgresBinaries() (string, error) {
	bin, err := postgresFolder()
	if err != nil {
		return "", err
	}
	folder, err := privateFolder("sole-postgres-")
	if err != nil {
		return "", err
	}
	data := filepath.Join(folder, "data")
	if output, err := command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C").CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, output)
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	process := command(filepath.Join(bin, "postgres"), "-D", data, "-p", fmt.Sprint(port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories="+folder, "-c", "max_connections=200", "-c", "fsync=off", "-c", "log_min_messages=panic")
	if err := start(process, folder); err != nil {
		return "", err
	}
	dsn := fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
	return dsn, eventually(func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// postgresFolder finds the server's binaries on the PATH or where Debian keeps them.
func postgresFolder() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 || os.Getenv("PATH") == "" {
		return "", errors.New("initdb was not found")
	}
	return filepath.Dir(found[len(found)-1]), nil
}
