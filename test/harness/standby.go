package harness

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"testing"
)

// NewPostgresStandby starts a server for this test that follows the primary and accepts no
// writes until it is promoted (SELECT pg_promote()).
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
	server, data, err := postgresServer(bin)
	if err != nil {
		return nil, err
	}
	backup := command(server.folder, filepath.Join(bin, "pg_basebackup"), "--host=127.0.0.1", "--port="+at.Port(), "--username=postgres",
		"--pgdata="+data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
	if output, err := backup.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("pg_basebackup: %w: %s", err, output), server.remove())
	}
	return started(server)
}
