package bootstrap

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/harness"
)

// output is written by the service and read by the test.
type output = harness.Output

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
	var log, printed output
	runUntil(t, `"msg":"listening"`, &log, func(ctx context.Context) error { return actions(&log, &printed).Serve(ctx, o, true) })
	found := regexp.MustCompile(`created the owner owner@example.org with the temporary password (\S+)\n`).FindStringSubmatch(printed.String())
	require.NotNil(t, found, printed.String())
	require.NotContains(t, log.String(), found[1], "the log holds no secret")
	require.Contains(t, log.String(), `"msg":"migration applied"`)
	require.Less(t, strings.Index(log.String(), "account.created"), strings.Index(log.String(), `"msg":"listening"`), "before it listens")

	var again, printedAgain output
	runUntil(t, `"msg":"listening"`, &again, func(ctx context.Context) error { return actions(&again, &printedAgain).Serve(ctx, o, true) })
	require.NotContains(t, printedAgain.String(), "created the owner", "the second start creates nothing")
	first, second := firstRunLink(t, &printed), firstRunLink(t, &printedAgain)
	require.NotEqual(t, first, second, "each start has a link of its own")
	require.NotContains(t, log.String()+again.String(), "token=", "the log holds no secret")
	var out bytes.Buffer
	require.NoError(t, actions(&out, &out).Doctor(t.Context(), o), out.String())
}

// firstRunLink returns the link of the first run in what a command printed.
func firstRunLink(t *testing.T, printed *output) string {
	t.Helper()
	link := regexp.MustCompile(`(?m)^ *(http\S+/first-run\?token=fr_\S{60,})$`).FindStringSubmatch(printed.String())
	require.NotNil(t, link, printed.String())
	return link[1]
}

func TestServeWarnsWhenNobodyCanSignIn(t *testing.T) {
	for pages, warning := range map[string]string{
		"on":  "nobody has signed in yet: the link to become the first owner was written to standard error",
		"off": "there is no account yet, so nobody can sign in: set SEED_ADMIN_EMAIL",
	} {
		o := settingsIn(t, "PORT=0", "PAGES="+pages, "PUBLIC_URL=https://id.example.org")
		var log, printed output
		runUntil(t, warning, &log, func(ctx context.Context) error { return actions(&log, &printed).Serve(ctx, o, false) })
		if pages == "off" {
			require.Empty(t, printed.String())
			continue
		}
		require.Contains(t, firstRunLink(t, &printed), "https://id.example.org/first-run?token=")
	}
}

// TestDevPrintsTheLinkOfTheFirstRunUntilThereIsAnOwner starts the service until the first run is completed.
func TestDevPrintsTheLinkOfTheFirstRunUntilThereIsAnOwner(t *testing.T) {
	o := settingsIn(t, "PORT=0")
	dev := func(until string, o cli.Options) *output {
		t.Helper()
		var printed output
		runUntil(t, until, &printed, func(ctx context.Context) error { return actions(&printed, io.Discard).Dev(ctx, o) })
		return &printed
	}
	const greeted = "From the second sign-in"
	first := dev(greeted, o)
	require.Regexp(t, `^\nOpen this in a browser to become the owner`, first.String(), "the link comes first")
	require.Contains(t, first.String(), "Password            ", "the commands for curl have their owner")
	firstRunLink(t, first)
	second := dev(greeted, o)
	require.NotEqual(t, firstRunLink(t, first), firstRunLink(t, second))
	require.Contains(t, second.String(), "the one shown at the first start")

	app, err := create(t.Context(), o, io.Discard, devDefaults)
	require.NoError(t, err)
	require.NoError(t, app.Store.InOrg(t.Context(), app.Config.DefaultOrgID, func(tx port.OrgTx) error {
		owner, err := tx.Users().ByEmail(t.Context(), "owner@example.org")
		require.NoError(t, err)
		owner.Readdress("ada@example.org", time.Now().UTC())
		owner.SetPassword("chosen", false, time.Now().UTC())
		return tx.Users().Update(t.Context(), owner)
	}))
	require.NoError(t, app.Close())
	third := dev(greeted, o)
	require.NotContains(t, third.String(), "first-run")
	require.Contains(t, third.String(), "First owner         ada@example.org\n")

	require.NotContains(t, dev(greeted, settingsIn(t, "PORT=0", "PAGES=off")).String(), "first-run")
	require.NotContains(t, dev(greeted, settingsIn(t, "PORT=0", "SEED_ADMIN_PASSWORD='seven quiet harbours'")).String(), "first-run")
}

func TestSeedPrintsTheLinkOfTheFirstRun(t *testing.T) {
	for lines, printed := range map[string]bool{"": true, "PAGES=off": false, "SEED_ADMIN_PASSWORD='seven quiet harbours'": false} {
		var out output
		require.NoError(t, actions(&out, io.Discard).Seed(t.Context(), settingsIn(t, "SEED_ADMIN_EMAIL=owner@example.org", lines)))
		require.Contains(t, out.String(), "created the owner owner@example.org")
		require.Equal(t, printed, strings.Contains(out.String(), "http://localhost:8000/first-run?token="), lines)
	}
}

// TestABusyPortCreatesNoOwner checks that no owner is created whose password would never be shown.
func TestABusyPortCreatesNoOwner(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := busy.Addr().(*net.TCPAddr).Port
	for _, key := range []string{"PORT", "METRICS_ADDR"} {
		value := map[string]string{"PORT": fmt.Sprint(port), "METRICS_ADDR": busy.Addr().String()}[key]
		other := map[string]string{"PORT": "LOG_LEVEL=info", "METRICS_ADDR": "PORT=0"}[key]
		o := settingsIn(t, key+"="+value, other, "SEED_ADMIN_EMAIL=owner@example.org")
		var printed output
		start := map[string]func(context.Context) error{
			"dev":   func(ctx context.Context) error { return actions(&printed, &printed).Dev(ctx, o) },
			"serve": func(ctx context.Context) error { return actions(&printed, &printed).Serve(ctx, o, false) },
		}
		for name, run := range start {
			require.ErrorContains(t, run(t.Context()), "set ", name)
			require.NotContains(t, printed.String(), "assword", name)
		}
		app, err := create(t.Context(), o, &printed, nil)
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

// TestDevPrintsAURLWherePasskeysWork checks which URL leads to a listener on this machine.
func TestDevPrintsAURLWherePasskeysWork(t *testing.T) {
	for _, c := range []struct{ public, listening, want string }{
		{"http://localhost:8000", "127.0.0.1:8000", "http://localhost:8000"},
		{"http://localhost:8000", "[::1]:8000", "http://localhost:8000"},
		{"http://localhost:8000", "0.0.0.0:8000", "http://localhost:8000"},
		{"http://localhost:8000", "[::]:8000", "http://localhost:8000"},
		{"http://localhost:0", "127.0.0.1:40001", "http://localhost:40001"},
		{"http://id.localhost:8000", "127.0.0.1:8000", "http://id.localhost:8000"},
		{"http://localhost:8000", "127.0.0.2:8000", "http://127.0.0.2:8000"},
		{"http://localhost:8000", "192.168.1.5:8000", "http://192.168.1.5:8000"},
		{"http://localhost:8000", "[2001:db8::1]:8000", "http://[2001:db8::1]:8000"},
		{"http://127.0.0.1:8000", "127.0.0.1:8000", "http://127.0.0.1:8000"},
		{"http://[::1]:8000", "[::1]:8000", "http://[::1]:8000"},
		{"https://id.example.org", "127.0.0.1:8000", "http://127.0.0.1:8000"},
	} {
		listening, err := net.ResolveTCPAddr("tcp", c.listening)
		require.NoError(t, err)
		require.Equal(t, c.want, Config{PublicURL: c.public}.localURL(listening), c)
	}
	var out output
	dev := func(ctx context.Context) error { return actions(&out, &out).Dev(ctx, settingsIn(t, "PORT=0")) }
	runUntil(t, "SOLE is running at http://localhost:", &out, dev)
}
