package deploy

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

var (
	manualBlock = regexp.MustCompile("(?s)<!-- tested by: TestTheDebianManual -->\n```sh\n(.*?)```")
	prints      = regexp.MustCompile(`(?m)^# prints (.*)$`)
)

// TestTheDebianManual runs the commands of docs/debian.md on a machine in a folder, in their order and in one shell.
func TestTheDebianManual(t *testing.T) {
	t.Parallel()
	_, _ = harness.Program(t, "caddy", "caddy"), harness.Program(t, "promtool", "prometheus")
	m := newMachine(t)
	m.furnish(t)
	raw, err := os.ReadFile(filepath.Join(root, "docs/debian.md"))
	require.NoError(t, err)
	places := m.places(t)
	blocks := manualBlock.FindAllStringSubmatch(string(raw), -1)
	require.Greater(t, len(blocks), 8)
	session := m.path("session")
	require.NoError(t, os.MkdirAll(m.path("var/lib/sole/uploads/org"), 0o700))
	write(t, m.path("var/lib/sole/uploads/org/file"), "what somebody uploaded")
	for _, block := range blocks {
		text := places.Replace(block[1])
		script := "set -euo pipefail\n[ ! -e " + session + " ] || . " + session + "\n" + text +
			"\n{ declare -p OWNER SERVICE API TOKEN TEMPORARY 2>/dev/null || true; declare -f; } >" + session + "\n"
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		command := exec.CommandContext(ctx, "bash", "-c", script)
		command.Dir, command.Env = filepath.Join(m.folder, "source"), m.env()
		output, err := command.CombinedOutput()
		cancel()
		require.NoError(t, err, "%s\n%s", text, output)
		for _, want := range prints.FindAllStringSubmatch(block[1], -1) {
			pattern := strings.ReplaceAll(regexp.QuoteMeta(want[1]), `\.\.\.`, `.*`)
			require.Regexp(t, pattern, string(output), text)
		}
	}
	require.Empty(t, m.running, "the last step removes the service")
	require.NoFileExists(t, m.site.settings)
	left, err := filepath.Glob(m.path("var/backups/sole/*"))
	require.NoError(t, err)
	require.Len(t, left, 4, "two backups, which stay")
	tar, err := filepath.Glob(m.path("var/backups/sole/*.tar"))
	require.NoError(t, err)
	listed, err := exec.Command("tar", "--list", "--file", tar[0]).CombinedOutput()
	require.NoError(t, err, "%s", listed)
	require.Contains(t, string(listed), "uploads/org/file\n")
}

// furnish gives the machine PostgreSQL, the sources, and what else the commands ask for.
func (m *machine) furnish(t *testing.T) {
	t.Helper()
	server := harness.NewPostgresServer(t)
	at, err := url.Parse(server.URL())
	require.NoError(t, err)
	asPostgres := "export PGHOST=" + at.Hostname() + " PGPORT=" + at.Port() + " PGUSER=postgres\n"
	m.script("runuser", asPostgres+`shift 3; exec "$@"`) // -u postgres --
	m.script("pg_dump", asPostgres+`exec /usr/bin/pg_dump "$@"`)
	m.script("setpriv", `shift 5; exec "$@"`) // --reuid postgres --regid postgres --init-groups
	m.script("systemd-sysusers", "true")
	m.script("git", "true")
	m.script("journalctl", `echo '"level":"WARN"'`)
	m.script("sole-code", `printf '%s' "${@: -1}" >`+m.path("secret")+"; "+m.tool("curl")+" -sS "+m.codes(t))
	m.database = at.Host
	m.delay, m.settle = "1", "0" // there is no traffic
	binary, err := harness.Binary()
	require.NoError(t, err)
	copyFile(t, binary, m.site.binary)
	m.script("go", "cp "+binary+" sole-new") // go build -o sole-new .
	require.NoError(t, os.CopyFS(m.path("source/deploy"), os.DirFS(filepath.Join(root, "deploy"))))
	m.proxy = &proxied{own: newCertificate(t), https: freeAddress(t), http: freeAddress(t)}
	for range 2 {
		m.proxy.replicas = append(m.proxy.replicas, &replica{port: instancePort(t)})
	}
	host, port, err := net.SplitHostPort(m.proxy.https)
	require.NoError(t, err)
	m.script("curl", "exec "+m.tool("curl")+" --cacert "+m.proxy.own.chain+" --connect-to id.example.org:443:"+host+":"+port+` "$@"`)
	m.reloaded = func() {
		copied, err := os.ReadFile(m.path("etc/caddy/Caddyfile"))
		require.NoError(t, err)
		require.Equal(t, deployed(t, "caddy/Caddyfile"), string(copied))
		launch(t, caddy(t, m.proxy))
	}
}

// places returns what the manual names, and where that is on this machine.
func (m *machine) places(t *testing.T) *strings.Replacer {
	t.Helper()
	redis, err := url.Parse(harness.Redis(t))
	require.NoError(t, err)
	pairs := []string{
		"redis://127.0.0.1:6379/0", redis.String() + "?prefix=" + filepath.Base(m.path("")) + strconv.FormatInt(time.Now().UnixNano(), 36),
		"127.0.0.1:5432", m.database, "&& sleep 3", "", "-o sole -g sole ", "", "oathtool --totp -b", "sole-code",
	}
	for _, folder := range []string{"/etc/", "/usr/lib/", "/usr/local/", "/var/", "/root/"} {
		pairs = append(pairs, " "+folder, " "+m.folder+folder, ">"+folder, ">"+m.folder+folder)
	}
	for i, written := range []string{"8001", "8002"} {
		port := m.proxy.replicas[i].port
		pairs = append(pairs, "1"+written, fmt.Sprint(10000+port), written, fmt.Sprint(port))
	}
	return strings.NewReplacer(pairs...)
}

// codes returns the URL of a server that gives the one-time code of the secret in a file.
func (m *machine) codes(t *testing.T) string {
	t.Helper()
	return serveText(t, func() (string, error) {
		secret, err := os.ReadFile(m.path("secret"))
		if err != nil {
			return "", err
		}
		return totp.GenerateCode(string(secret), time.Now())
	})
}

// serveText serves a text, which is made for each request.
func serveText(t *testing.T, text func() (string, error)) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		made, err := text()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, made)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
