package harness

import (
	"context"
	"fmt"
	"os/exec"
	"testing"

	goredis "github.com/redis/go-redis/v9"
)

var redisServer = server{
	name: "Redis", env: "SOLE_TEST_REDIS_URL", advice: "redis-server",
	starters: []func() (string, error){redisContainer, redisBinary},
}

// Redis is the URL of a server. It is shared and never flushed: use random keys.
func Redis(t testing.TB) string {
	t.Helper()
	return redisServer.URL(t)
}

// redisBinary starts a private server that keeps nothing on disk.
func redisBinary() (string, error) {
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		return "", err
	}
	folder, err := privateFolder("sole-redis-")
	if err != nil {
		return "", err
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	process := command(binary, "--bind", "127.0.0.1", "--port", fmt.Sprint(port), "--save", "", "--appendonly", "no", "--dir", folder, "--loglevel", "warning")
	if err := start(process, folder); err != nil {
		return "", err
	}
	url := fmt.Sprintf("redis://127.0.0.1:%d/0", port)
	return url, eventually(func(ctx context.Context) error {
		client := goredis.NewClient(&goredis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", port)})
		defer func() { _ = client.Close() }()
		return client.Ping(ctx).Err()
	})
}
