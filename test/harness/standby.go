package harness

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"testing"
)

// NewPostgresStandby starts a server for this test alone that follows the primary and takes
// no writes until it is promoted (SELECT pg_promote()).
func NewPostgresStandby(t testing.TB, primary *PrivateServer) *PrivateServer {
	t.Helper()
	return forTest(t, &sharedPostgres, func() (*PrivateServer, error) { return newStandby(primary) })
}

func newStandby(primary *PrivateServer) (*PrivateServer, error) {
	bin, err := postgresFolder()
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(primary.URL())
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	folder, err := privateFolder()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(folder, "data")
	server := &PrivateServer{
		url:     fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port),
		folder:  folder,
		program: primary.program,
		args: []string{"-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + folder,
			"-c", "max_connections=200", "-c", "fsync=off", "-c", "log_min_messages=fatal"},
		ping: pingPostgres,
	}
	backup := command(folder, filepath.Join(bin, "pg_basebackup"), "--host=127.0.0.1", "--port="+at.Port(), "--username=postgres",
		"--pgdata="+data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
	if output, err := backup.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("pg_basebackup: %w: %s", err, output), server.remove())
	}
	return started(server)
}
