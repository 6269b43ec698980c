package deploy

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

var runbookBlock = regexp.MustCompile("(?s)<!-- tested by: TestTheCommandsOfTheRunbookRun -->\n```sh\n(.*?)```")

// logLine is a line of the log of a command.
var logLine = regexp.MustCompile(`(?m)^\{.*\n`)

// TestTheCommandsOfTheRunbookRun runs each command of docs/alerts.md beside a service. None may complain, and what asks for metrics finds
// some. The journal is the log of the service, and systemctl says nothing.
func TestTheCommandsOfTheRunbookRun(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	s := newSite(t)
	r := s.start(t)
	c := directly(r)
	c.signIn(t)
	journal := m.path("journal")
	m.script("journalctl", `cat `+journal)
	m.script("systemctl", "true")
	m.script("pg_lsclusters", "true")
	m.script("getent", "true")
	m.script("runuser", `shift 3; program=$1; shift; [ "$1" != sole ] || { shift; set -- "`+s.database+`" "$@"; }; exec "$program" "$@"`)
	m.script("redis-cli", `[ "$1" != --latency ] || exit 0; exec `+m.tool("redis-cli")+` -u "`+harness.Redis(t)+`" "$@"`)
	copyFile(t, s.binary, m.site.binary)
	raw, err := os.ReadFile(filepath.Join(root, "docs/alerts.md"))
	require.NoError(t, err)
	places := strings.NewReplacer(
		"18001", strconv.Itoa(10000+r.port), "18002", strconv.Itoa(10000+r.port), "8001", strconv.Itoa(r.port),
		"/etc/sole/sole.env", s.settings, "/usr/local/bin/sole*", m.site.binary, "/var/lib/postgresql", m.folder)
	blocks := runbookBlock.FindAllStringSubmatch(string(raw), -1)
	require.Len(t, blocks, len(alerts(t)))
	for _, block := range blocks {
		for written := range strings.Lines(block[1]) {
			write(t, journal, r.log.String())
			command := exec.Command("bash", "-c", places.Replace(written))
			command.Env = m.env()
			var out, complaints bytes.Buffer
			command.Stdout, command.Stderr = &out, &complaints
			err := command.Run()
			require.Empty(t, logLine.ReplaceAllString(complaints.String(), ""), written)
			if err != nil {
				require.Equal(t, 1, command.ProcessState.ExitCode(), "%s: %s", written, &out) // of grep, which found nothing
			}
			if strings.Contains(written, "/metrics") && !strings.Contains(written, "5xx") {
				require.NotEmpty(t, out.String(), written)
			}
		}
	}
}
