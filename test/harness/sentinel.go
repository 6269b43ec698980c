package harness

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// NewRedisSentinel starts a Sentinel for this test. It watches the server under the name main and
// requires the password from its clients. It returns the host and port of the Sentinel.
func NewRedisSentinel(t testing.TB, server *PrivateServer, password string) string {
	t.Helper()
	return forTest(t, &sharedRedis, func() (*PrivateServer, error) { return newSentinel(server, password) }).URL()
}

func newSentinel(server *PrivateServer, password string) (*PrivateServer, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(server.URL())
	if err != nil {
		return nil, err
	}
	port, folder, err := newPlace()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(folder, "sentinel.conf")
	lines := []string{
		"bind 127.0.0.1", fmt.Sprintf("port %d", port), "dir " + folder, "requirepass " + password,
		fmt.Sprintf("sentinel monitor main %s %s 1", at.Hostname(), at.Port()),
	}
	if err := os.WriteFile(config, []byte(strings.Join(lines, "\n")+"\n"), 0o666); err != nil {
		return nil, err
	}
	if err := os.Chmod(config, 0o666); err != nil { // the Sentinel writes to it, under another account
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	return started(&PrivateServer{url: address, folder: folder, program: program, args: []string{config, "--sentinel"}, ping: dial})
}

// dial is the ping of a server that requires a password: it only opens a connection.
func dial(ctx context.Context, address string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}
