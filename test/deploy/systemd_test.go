//go:build linux

package deploy

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestTheUnitsAreHardened scores the units as systemd does: 3.0 is the most that is allowed.
func TestTheUnitsAreHardened(t *testing.T) {
	t.Parallel()
	analyze := harness.Program(t, "systemd-analyze", "systemd")
	for name, most := range map[string]string{"sole@.service": "15", "sole-backup.service": "30"} {
		path, err := filepath.Abs(filepath.Join(root, "deploy/systemd", name))
		require.NoError(t, err)
		output, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", "--threshold="+most, path).CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
}

// TestSystemdAcceptsTheUnits: systemd-analyze finds nothing to remark. It wants to see the programs.
func TestSystemdAcceptsTheUnits(t *testing.T) {
	t.Parallel()
	analyze, folder := harness.Program(t, "systemd-analyze", "systemd"), t.TempDir()
	for name, text := range map[string]string{
		"sole@8001.service":   deployed(t, "systemd/sole@.service", "/usr/local/bin/sole", "/bin/true"),
		"sole-backup.service": deployed(t, "systemd/sole-backup.service", "/usr/local/sbin/sole-backup", "/bin/true"),
		"sole-backup.timer":   deployed(t, "systemd/sole-backup.timer"),
	} {
		write(t, filepath.Join(folder, name), text)
	}
	for _, name := range []string{"sole@8001.service", "sole-backup.service", "sole-backup.timer"} {
		command := exec.Command(analyze, "verify", "--man=no", "./"+name)
		command.Dir = folder
		output, err := command.CombinedOutput()
		require.NoError(t, err, "%s", output)
		require.Empty(t, string(output), name)
	}
}

// TestTheUnitStopsAfterTheService: systemd kills no instance that still finishes requests.
func TestTheUnitStopsAfterTheService(t *testing.T) {
	t.Parallel()
	u := readUnit(t, "sole@.service")
	stop, err := strconv.Atoi(u.one(t, "Service", "TimeoutStopSec"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(u.one(t, "Service", "Environment"), "SHUTDOWN_DELAY_SECONDS=")
	require.True(t, found)
	delay, err := strconv.Atoi(rest)
	require.NoError(t, err)
	const grace, jobs = 20, 10 // SHUTDOWN_GRACE_SECONDS, and twice the time for jobs
	require.GreaterOrEqual(t, stop, delay+grace+jobs)
	require.Equal(t, "always", u.one(t, "Service", "Restart"))
	require.Equal(t, "0", u.one(t, "Unit", "StartLimitIntervalSec"), "it is restarted however often it failed")
}

// TestTheUnitWaitsForTheDatabase starts the command of the unit while PostgreSQL is away.
func TestTheUnitWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	server := harness.NewPostgresServer(t)
	s := emptySite(t, server.URL())
	s.sole(t, "migrate", "up")
	server.Stop(t)
	r := &replica{t: t, site: s, port: instancePort(t), log: &harness.Output{}}
	r.launch()
	t.Cleanup(r.kill)
	soon(t, "it is alive", func() bool {
		response, err := http.Get("http://" + r.address() + "/api/v1/health/live")
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	})
	require.False(t, r.ready())
	server.Start(t)
	soon(t, "it is ready", r.ready)
}

// TestTheUnitRefusesADatabaseThatIsBehind: the instance ends, with a sentence that says what to run, and systemd starts it again.
func TestTheUnitRefusesADatabaseThatIsBehind(t *testing.T) {
	t.Parallel()
	s := emptySite(t, harness.Postgres(t))
	refused := func(sentence string) {
		r := &replica{t: t, site: s, port: instancePort(t), log: &harness.Output{}}
		r.launch()
		t.Cleanup(r.kill)
		select {
		case <-r.ended:
		case <-time.After(30 * time.Second):
			require.Fail(t, "it runs", r.log.String())
		}
		require.Contains(t, r.log.String(), sentence+": run `sole migrate up`")
	}
	refused("") // with no tables, or not even the role
	s.sole(t, "migrate", "up")
	s.sole(t, "migrate", "down")
	refused("the database schema is older than this build")
}

// TestTheServiceRunsUnderTheRestrictionsOfTheUnit confines the process with what the unit demands, as far as this machine allows it:
// another user, no capabilities, no new privileges, the system calls of the filter only, and no memory that can be written and executed.
func TestTheServiceRunsUnderTheRestrictionsOfTheUnit(t *testing.T) {
	t.Parallel()
	analyze := harness.Program(t, "systemd-analyze", "systemd")
	s := newSite(t)
	r := &replica{t: t, site: s, port: instancePort(t), log: &harness.Output{}}
	command := s.unitCommand(t, r.port)
	confine(t, command, s, allowedCalls(t, analyze))
	command.Stdout, command.Stderr = r.log, r.log
	ended, err := harness.Start(command)
	require.NoError(t, err)
	r.process, r.ended = command.Process, ended
	t.Cleanup(func() {
		r.kill()
		if t.Failed() {
			t.Log(last(r.log.String(), 20))
		}
	})
	soon(t, "it is ready", r.ready)
	status, err := os.ReadFile("/proc/" + strconv.Itoa(r.process.Pid) + "/status")
	require.NoError(t, err)
	require.Contains(t, string(status), "NoNewPrivs:\t1")
	require.Contains(t, string(status), "Seccomp:\t2")
	require.Contains(t, string(status), "CapEff:\t0000000000000000")

	c := directly(r)
	c.signIn(t) // hashes a password in memory of its own
	c.upload(t, 1<<20).is(t, 201)
	began := time.Now()
	r.terminate()
	require.Less(t, time.Since(began), 20*time.Second)
	require.NotContains(t, r.log.String(), `"level":"ERROR"`)
}
