package deploy

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// upgraded is a machine with two instances behind HAProxy, and with sole-upgrade.
type upgraded struct {
	*machine
	proxy  *proxied
	client *client
}

func newUpgraded(t *testing.T) *upgraded {
	t.Helper()
	_ = harness.Program(t, "haproxy", "haproxy")
	m := newMachine(t)
	s := newSite(t)
	copyFile(t, s.binary, m.site.binary)
	settings, err := os.ReadFile(s.settings)
	require.NoError(t, err)
	write(t, m.site.settings, string(settings))
	copyFile(t, filepath.Join(root, "deploy/systemd/sole-upgrade"), m.path("usr/local/sbin/sole-upgrade"))
	m.site.database = s.database
	p := &proxied{site: m.site, own: newCertificate(t), https: freeAddress(t), http: freeAddress(t)}
	for range 2 {
		r := &replica{port: instancePort(t)}
		m.systemctlOrFail(t, "enable", "--now", "sole@"+strconv.Itoa(r.port))
		p.replicas = append(p.replicas, r)
	}
	p.log = launch(t, haproxy(t, p))
	u := &upgraded{machine: m, proxy: p, client: p.from(t, "127.0.0.1")}
	soon(t, "both are ready", func() bool { return p.replicas[0].ready() && p.replicas[1].ready() })
	soon(t, "the proxy serves", func() bool {
		a := u.client.call("GET", "/health/ready", nil)
		return a.err == nil && a.StatusCode == http.StatusOK
	})
	u.client.signIn(t)
	return u
}

func (m *machine) systemctlOrFail(t *testing.T, args ...string) {
	t.Helper()
	command := exec.Command(m.path("bin/systemctl"), args...)
	command.Env = m.env()
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
}

// build writes a version of the program: the real one, which calls itself by another name, and whose `serve` is a command of the shell.
func (u *upgraded) build(t *testing.T, version, serve string) string {
	t.Helper()
	program, err := harness.Binary()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "sole-"+version)
	script := `#!/bin/bash
[ "$1" != version ] || { echo ` + version + `; exit; }
[ "$3" != serve ] || ` + serve + `
exec ` + program + ` "$@"
`
	require.NoError(t, os.WriteFile(path, []byte(script), 0o700))
	return path
}

// upgrade runs sole-upgrade, and returns what it prints and whether it succeeded.
func (u *upgraded) upgrade(t *testing.T, binary string, env ...string) (string, bool) {
	t.Helper()
	command := exec.Command(u.path("usr/local/sbin/sole-upgrade"), binary)
	command.Env = append(u.env(), env...)
	output, err := command.CombinedOutput()
	return string(output), err == nil
}

func (u *upgraded) installed(t *testing.T) string {
	t.Helper()
	output, err := exec.Command(u.site.binary, "version").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(output))
}

// TestAnUpgradeCostsNoRequest upgrades under traffic, goes back, and tries versions that do not work.
func TestAnUpgradeCostsNoRequest(t *testing.T) {
	t.Parallel()
	u := newUpgraded(t)
	before := u.installed(t)
	f := u.proxy.send(t, u.client.token)
	soon(t, "requests are served", func() bool { return f.requests.Load() > 50 })

	output, ok := u.upgrade(t, u.build(t, "v2", "true"))
	require.True(t, ok, output)
	require.Equal(t, 2, strings.Count(output, " runs v2\n"), output)
	require.Equal(t, "v2", u.installed(t))

	output, ok = u.upgrade(t, "--back")
	require.True(t, ok, output)
	require.Equal(t, before, u.installed(t))

	output, ok = u.upgrade(t, u.build(t, "v3", "exit 1"), "SOLE_READY_SECONDS=2")
	require.False(t, ok, output)
	require.Contains(t, output, "was not ready with v3 within 2 seconds; the previous version runs again: see journalctl -u sole@")
	require.Equal(t, before, u.installed(t))
	f.stop()
	require.Empty(t, f.failed, "of %d requests", f.requests.Load())
	t.Logf("%d requests, %d acknowledged writes", f.requests.Load(), f.written)
	require.Equal(t, f.written, u.site.count(t, "SELECT count(*) FROM users WHERE email LIKE 'rolling-%'"))
}

// TestAnUpgradeIsRefusedBeforeAnythingIsReplaced tries what cannot work. The message says what to change.
func TestAnUpgradeIsRefusedBeforeAnythingIsReplaced(t *testing.T) {
	t.Parallel()
	u := newUpgraded(t)
	v2, before := u.build(t, "v2", "true"), u.installed(t)
	raw, err := os.ReadFile(u.site.settings)
	require.NoError(t, err)
	without := func(key, line string) string {
		lines := strings.Split(string(raw), "\n")
		for i := range lines {
			if strings.HasPrefix(lines[i], key+"=") {
				lines[i] = line
			}
		}
		return "SOLE_SETTINGS=" + write(t, filepath.Join(t.TempDir(), "sole.env"), strings.Join(lines, "\n"))
	}
	for name, c := range map[string]struct{ new, env, want string }{
		"no binary":             {u.path("nothing"), "", "does not exist or is not executable"},
		"a wrong value":         {v2, without("PUBLIC_URL", "PUBLIC_URL=id.example.org"), "PUBLIC_URL: write a URL that starts with"},
		"a missing secret":      {v2, without("SECRET_KEY", ""), "SECRET_KEY: write at least 32 random characters"},
		"another secret":        {v2, without("SECRET_KEY", "SECRET_KEY=2b7e151628aed2a6abf7158809cf4f3c762e7160f38b4da5"), "secret key"},
		"no database":           {v2, without("DATABASE_URL", "DATABASE_URL=postgres://sole@127.0.0.1:1/sole"), "correct DATABASE_URL"},
		"nothing to go back to": {"--back", "", "sole.previous does not exist"},
	} {
		output, ok := u.upgrade(t, c.new, c.env)
		require.False(t, ok, "%s: %s", name, output)
		require.Contains(t, output, c.want, name)
		require.Contains(t, output, "sole-upgrade: ", name)
		require.NotContains(t, output, " runs v2", name)
		require.Equal(t, before, u.installed(t), name)
		require.NoFileExists(t, u.site.binary+".previous", name)
	}
	for _, r := range u.proxy.replicas {
		require.True(t, r.ready(), "nothing was restarted")
	}

	const newer = 1_000_000 // migrations of a later generation, which older builds cannot serve
	u.site.exec(t, fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, true)", newer))
	output, ok := u.upgrade(t, v2)
	require.False(t, ok, output)
	require.Contains(t, output, "a newer version of this service has migrated the database")
	require.Equal(t, before, u.installed(t))
}
