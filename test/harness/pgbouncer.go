package harness

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var pgBouncer = sharedServer{name: "PgBouncer", advice: "pgbouncer"}

// NewPgBouncer starts a PgBouncer for this test, in transaction mode and in front of the server of
// the DSN, and returns the DSN of the same database through it. It has few connections to the
// server, so that clients share them. settings are lines for its configuration file.
func NewPgBouncer(t testing.TB, dsn string, settings ...string) string {
	t.Helper()
	return forTest(t, &pgBouncer, func() (*PrivateServer, error) { return newPgBouncer(dsn, settings) }).URL()
}

func newPgBouncer(dsn string, settings []string) (*PrivateServer, error) {
	program, err := lookPath("pgbouncer")
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(dsn)
	if err != nil {
		return nil, errors.New("the DSN of the server cannot be read")
	}
	port, folder, err := newPlace()
	if err != nil {
		return nil, err
	}
	password, _ := at.User.Password()
	users := filepath.Join(folder, "users.txt")
	lines := append([]string{
		"[databases]", fmt.Sprintf("* = host=%s port=%s", at.Hostname(), at.Port()),
		"[pgbouncer]", "listen_addr = 127.0.0.1", fmt.Sprintf("listen_port = %d", port), "unix_socket_dir =",
		"auth_type = trust", "auth_file = " + users, "pool_mode = transaction", "default_pool_size = 4",
	}, settings...)
	config := filepath.Join(folder, "pgbouncer.ini")
	files := map[string]string{
		users: fmt.Sprintf("%q %q\n", at.User.Username(), password), config: strings.Join(lines, "\n") + "\n",
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	through := *at
	through.Host = net.JoinHostPort("127.0.0.1", fmt.Sprint(port))
	return started(&PrivateServer{url: through.String(), folder: folder, program: program, args: []string{config}, ping: pingPostgres})
}
