package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
)

// NewPostgresServer starts a private cluster for this test, from binaries on this machine. Its URL is the DSN of a
// database that survives Stop and Start and is removed when the test ends.
func NewPostgresServer(t testing.TB) *PrivateServer {
	t.Helper()
	return forTest(t, &sharedPostgres, newPostgres)
}

// newPostgres creates and starts a cluster in a temporary folder. It need not survive a
// crash of the machine, so it does not wait for the disk.
func newPostgres() (*PrivateServer, error) {
	bin, err := postgresFolder()
	if err != nil {
		return nil, err
	}
	server, data, err := postgresServer(bin)
	if err != nil {
		return nil, err
	}
	initdb := command(server.folder, filepath.Join(bin, "initdb"),
		"-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
	if output, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, output), server.remove())
	}
	return started(server)
}

// postgresServer describes a server on a free port, and returns the folder in which its data must be
// created before it can start.
func postgresServer(bin string) (server *PrivateServer, data string, err error) {
	port, folder, err := newPlace()
	if err != nil {
		return nil, "", err
	}
	data = filepath.Join(folder, "data")
	return &PrivateServer{
		url:     fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port),
		folder:  folder,
		program: filepath.Join(bin, "postgres"),
		args: []string{"-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + folder,
			"-c", "max_connections=200", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off",
			"-c", "log_min_messages=fatal"},
		ping: pingPostgres,
	}, data, nil
}

func pingPostgres(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// postgresFolder returns the folder of the server binaries: on the PATH or, newest first, where Debian
// installs them. With an empty PATH it returns an error.
func postgresFolder() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		initdb, err = filepath.EvalSymlinks(initdb)
		return filepath.Dir(initdb), err
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 || os.Getenv("PATH") == "" {
		return "", errors.New("initdb was not found")
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return major(a) - major(b) })), nil
}

// major returns the version in a path such as /usr/lib/postgresql/15/bin/initdb names.
func major(initdb string) int {
	version, _ := strconv.ParseFloat(filepath.Base(filepath.Dir(filepath.Dir(initdb))), 64) // 9.6 is one too
	return int(version)
}
