//go:build unix

package upgrade

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) {
	harness.Parallel(4)
	harness.Main(m)
}

const (
	ownerEmail = "owner@example.org"
	password   = "correct horse battery staple"
)

// deployment is a configuration that the programs share.
type deployment struct {
	folder string
	env    []string
}

func configure(t *testing.T, env ...string) *deployment {
	t.Helper()
	folder := t.TempDir()
	return &deployment{folder: folder, env: append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "DATA_DIR=" + folder, "HOST=127.0.0.1", "RATE_LIMIT_PER_MINUTE=0", "PROXIES_COUNT=0",
		"JWT_ISSUER=http://test", "SEED_ADMIN_EMAIL=" + ownerEmail, "SEED_ADMIN_PASSWORD=" + password,
	}, env...)}
}

// run runs a command that succeeds, and returns its output.
func (d *deployment) run(t *testing.T, p program, args ...string) string {
	t.Helper()
	output, err := d.command(t, p, args...).CombinedOutput()
	require.NoError(t, err, "sole %v: %s", args, output)
	return string(output)
}

// fails runs a command that fails with the exit code 1, and returns its output.
func (d *deployment) fails(t *testing.T, p program, args ...string) string {
	t.Helper()
	command := d.command(t, p, args...)
	output, err := command.CombinedOutput()
	require.Error(t, err, "sole %v: %s", args, output)
	require.Equal(t, 1, command.ProcessState.ExitCode(), "sole %v: %s", args, output)
	return string(output)
}

func (d *deployment) command(t *testing.T, p program, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, string(p), args...)
	command.Dir, command.Env = d.folder, d.env
	return command
}

// replica is a running program.
type replica struct {
	url     string
	command *exec.Cmd
	ended   <-chan struct{}
	log     *harness.Output
}

// serve starts a replica and waits until it is ready.
func (d *deployment) serve(t *testing.T, p program) *replica {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	r := &replica{url: fmt.Sprintf("http://127.0.0.1:%d/api/v1", port), log: &harness.Output{}}
	r.command = exec.Command(string(p), "serve")
	r.command.Dir, r.command.Env = d.folder, append(slices.Clone(d.env), "PORT="+strconv.Itoa(port))
	r.command.Stdout, r.command.Stderr = r.log, r.log
	r.ended, err = harness.Start(r.command)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = r.command.Process.Kill()
		<-r.ended
		if t.Failed() {
			t.Logf("the log of %s:\n%s", p, r.log)
		}
	})
	require.Eventually(t, func() bool {
		answer, err := http.Get(r.url + "/health/ready")
		return err == nil && answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	}, time.Minute, 10*time.Millisecond, "it is not ready: %s", r.log)
	return r
}

// stop ends a replica that gets no more requests.
func (r *replica) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, r.command.Process.Signal(syscall.SIGTERM))
	<-r.ended
	require.Zero(t, r.command.ProcessState.ExitCode(), "%s", r.log)
}
