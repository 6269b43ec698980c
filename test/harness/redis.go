package harness

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os/exec"
	"strconv"
	"testing"
)

var sharedRedis = sharedServer{
	name: "Redis", env: "SOLE_TEST_REDIS_URL", advice: "redis-server",
	routes: []route{{"Docker", redisContainer}, {"binaries", forAll(newRedis)}},
}

// Redis returns the URL of a server. It is shared and never flushed: use random keys.
func Redis(t testing.TB) string {
	t.Helper()
	return sharedRedis.URL(t)
}

// NewRedisServer starts a private server for this test, from a binary on this machine. It is empty after Stop
// and Start.
func NewRedisServer(t testing.TB) *PrivateServer {
	t.Helper()
	return forTest(t, &sharedRedis, newRedis)
}

// newRedis starts a server that stores nothing on disk.
func newRedis() (*PrivateServer, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, err
	}
	port, folder, err := newPlace()
	if err != nil {
		return nil, err
	}
	server := &PrivateServer{
		url:     fmt.Sprintf("redis://127.0.0.1:%d/0", port),
		folder:  folder,
		program: program,
		args: []string{"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--save", "", "--appendonly", "no", "--dir", folder,
			"--loglevel", "warning"},
		ping: pingRedis,
	}
	return started(server)
}

// pingRedis uses a plain connection, because a client would log each failed attempt.
func pingRedis(ctx context.Context, at string) error {
	parsed, err := url.Parse(at)
	if err != nil {
		return err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", parsed.Host)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return err
	}
	answer := make([]byte, len("+PONG"))
	if _, err := io.ReadFull(conn, answer); err != nil {
		return err
	}
	if string(answer) != "+PONG" {
		return fmt.Errorf("it answered %q", answer)
	}
	return nil
}
