package bootstrap

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/cli"
)

// output is written by the service and read by the test.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// runUntil runs a command until its output contains a text, then stops it.
func runUntil(t *testing.T, text string, out *output, run func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), text) || len(done) > 0 }, 20*time.Second, 5*time.Millisecond)
	cancel()
	require.NoError(t, <-done, out.String())
	require.Contains(t, out.String(), text)
}

// settingsIn writes a configuration with a data folder of its own.
func settingsIn(t *testing.T, lines ...string) cli.Options {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "settings")
	lines = append(lines, "HOST=127.0.0.1", "DATA_DIR="+filepath.Join(folder, "data"))
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
	return cli.Options{EnvFile: path}
}

func TestServeSeedsAnEmptyDatabaseWithASeedAddress(t *testing.T) {
	o := settingsIn(t, "PORT=0", "SEED_ADMIN_EMAIL=owner@example.org")
	var log, said output
	runUntil(t, `"msg":"listening"`, &log, func(ctx context.Context) error { return commands{&log, &said}.Serve(ctx, o, true) })
	found := regexp.MustCompile(`created the owner owner@example.org with the temporary password (\S+)\n`).FindStringSubmatch(said.String())
	require.NotNil(t, found, said.String())
	require.NotContains(t, log.String(), found[1], "the log holds no secret")
	require.Contains(t, log.String(), `"msg":"migration applied"`)
	require.Less(t, strings.Index(log.String(), "account.created"), strings.Index(log.String(), `"msg":"listening"`), "before anybody can ask")

	var again, saidAgain output
	runUntil(t, `"msg":"listening"`, &again, func(ctx context.Context) error { return commands{&again, &saidAgain}.Serve(ctx, o, true) })
	require.Empty(t, saidAgain.String(), "what is there stays as it is")
	var out bytes.Buffer
	require.NoError(t, commands{&out, &out}.Doctor(t.Context(), o), out.String())
}

func TestServeWarnsWhenNobodyCanSignIn(t *testing.T) {
	o := settingsIn(t, "PORT=0")
	var log output
	serve := func(ctx context.Context) error { return commands{&log, &log}.Serve(ctx, o, false) }
	runUntil(t, "there is no account yet, so nobody can sign in", &log, serve)
}

// TestABusyPortCreatesNoOwner: the password of a new owner would never be shown.
func TestABusyPortCreatesNoOwner(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := busy.Addr().(*net.TCPAddr).Port
	for _, key := range []string{"PORT", "METRICS_ADDR"} {
		value := map[string]string{"PORT": fmt.Sprint(port), "METRICS_ADDR": busy.Addr().String()}[key]
		other := map[string]string{"PORT": "LOG_LEVEL=info", "METRICS_ADDR": "PORT=0"}[key]
		o := settingsIn(t, key+"="+value, other, "SEED_ADMIN_EMAIL=owner@example.org")
		var said output
		start := map[string]func(context.Context) error{
			"dev":   func(ctx context.Context) error { return commands{&said, &said}.Dev(ctx, o) },
			"serve": func(ctx context.Context) error { return commands{&said, &said}.Serve(ctx, o, false) },
		}
		for name, run := range start {
			require.ErrorContains(t, run(t.Context()), "set ", name)
			require.NotContains(t, said.String(), "assword", name)
		}
		app, err := commands{}.create(t.Context(), o, &said, nil)
		require.NoError(t, err)
		_, err = app.Store.Migrate(t.Context())
		require.NoError(t, err)
		due, err := app.Seed.Due(t.Context(), app.Config.DefaultOrgID)
		require.NoError(t, err)
		require.True(t, due, "%s: an owner was created whose password was never shown", key)
		require.NoError(t, app.Close())
	}
	require.NoError(t, busy.Close())
}
