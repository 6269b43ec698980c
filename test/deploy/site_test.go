//go:build linux

package deploy

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

const (
	host       = "id.example.org" // as deploy/ names the site
	ownerEmail = "owner@example.org"
	password   = "four rooms and a view"
)

// site is a machine on which `sole setup prod` has written the settings, and whose database is migrated and seeded.
type site struct {
	binary, folder, settings, database string
}

func newSite(t *testing.T, flags ...string) *site {
	t.Helper()
	s := emptySite(t, harness.Postgres(t), flags...)
	s.sole(t, "migrate", "up")
	s.sole(t, "seed")
	return s
}

// emptySite is a site without tables.
func emptySite(t *testing.T, database string, flags ...string) *site {
	t.Helper()
	binary, err := harness.Binary()
	require.NoError(t, err)
	folder := t.TempDir()
	s := &site{binary: binary, folder: folder, settings: filepath.Join(folder, "sole.env"), database: database}
	s.sole(t, append([]string{
		"setup", "prod", "--yes", "--public-url", "https://" + host, "--proxies-count", "1", "--enable-hsts", "true", "--data-dir", folder,
		"--database-url", database, "--redis-url", harness.Redis(t) + "?prefix=" + uuid.NewString(), "--rate-limit-per-minute", "0",
		"--seed-admin-email", ownerEmail, "--seed-admin-password", password,
	}, flags...)...)
	return s
}

// command returns a command of the product with the settings of the site, not started.
func (s *site) command(args ...string) *exec.Cmd {
	command := exec.Command(s.binary, append([]string{"--env-file", s.settings}, args...)...)
	command.Dir, command.Env = s.folder, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.folder}
	return command
}

func (s *site) sole(t *testing.T, args ...string) string {
	t.Helper()
	output, err := s.command(args...).CombinedOutput()
	require.NoError(t, err, "sole %s: %s", strings.Join(args, " "), output)
	return string(output)
}

// replica is an instance of deploy/systemd/sole@.service, without systemd.
type replica struct {
	t       *testing.T
	site    *site
	port    int
	log     *harness.Output
	process *os.Process
	ended   <-chan struct{}
}

// start starts an instance as the unit does, and waits until it is ready.
func (s *site) start(t *testing.T, env ...string) *replica {
	t.Helper()
	r := &replica{t: t, site: s, port: instancePort(t), log: &harness.Output{}}
	r.start(env...)
	t.Cleanup(func() {
		r.kill()
		if t.Failed() {
			t.Logf("the replica on port %d complains\n%s", r.port, complaints(r.log.String()))
		}
	})
	return r
}

// complaints returns the last lines of a log that are no information.
func complaints(log string) string {
	lines := slices.DeleteFunc(strings.Split(log, "\n"), func(line string) bool { return strings.Contains(line, `"level":"INFO"`) })
	return last(strings.Join(lines, "\n"), 15)
}

func (r *replica) start(env ...string) {
	r.t.Helper()
	r.launch(env...)
	soon(r.t, "the replica is ready", r.ready)
}

// launch starts the instance and does not wait.
func (r *replica) launch(env ...string) {
	r.t.Helper()
	command := r.site.unitCommand(r.t, r.port)
	command.Env = append(command.Env, env...)
	command.Stdout, command.Stderr = r.log, r.log
	ended, err := harness.Start(command)
	require.NoError(r.t, err)
	r.process, r.ended = command.Process, ended
}

// unitCommand returns the command of the unit for an instance.
func (s *site) unitCommand(t *testing.T, port int) *exec.Cmd {
	t.Helper()
	u := readUnit(t, "sole@.service")
	expand := strings.NewReplacer(
		"%i", strconv.Itoa(port), "%d/sole.env", s.settings, "/var/lib/sole", s.folder, "/usr/local/bin/sole", s.binary)
	line := strings.Fields(expand.Replace(u.one(t, "Service", "ExecStart")))
	command := exec.Command(line[0], line[1:]...)
	command.Dir = s.folder
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.folder},
		strings.Fields(expand.Replace(u.one(t, "Service", "Environment")))...)
	return command
}

func (r *replica) ready() bool {
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/api/v1/health/ready", r.port))
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode == http.StatusOK
}

func (r *replica) address() string { return "127.0.0.1:" + strconv.Itoa(r.port) }

// terminate stops the replica as systemd does.
func (r *replica) terminate() {
	r.t.Helper()
	require.NoError(r.t, r.process.Signal(syscall.SIGTERM))
	<-r.ended
}

func (r *replica) kill() {
	_ = r.process.Kill()
	<-r.ended
}

// logged returns the line of the log about the request with an id.
func (r *replica) logged(id string) string {
	lines := strings.Split(r.log.String(), "\n")
	i := slices.IndexFunc(lines, func(line string) bool {
		return strings.Contains(line, `"msg":"request"`) && strings.Contains(line, id)
	})
	if i < 0 {
		return ""
	}
	return lines[i]
}

// instancePort returns a port of four digits, such as the names of instances have, where the port of its metrics is free, too.
func instancePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 6100 + rand.IntN(3800)
		if free(port) && free(10000+port) {
			return port
		}
	}
	require.FailNow(t, "no port is free")
	return 0
}

func free(port int) bool {
	listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	return err == nil && listener.Close() == nil
}

// count asks the database for a number.
func (s *site) count(t *testing.T, query string) (n int) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), s.database)
	require.NoError(t, err)
	defer func() { _ = db.Close(context.WithoutCancel(t.Context())) }()
	require.NoError(t, db.QueryRow(t.Context(), query).Scan(&n))
	return n
}

func (s *site) exec(t *testing.T, statement string) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), s.database)
	require.NoError(t, err)
	defer func() { _ = db.Close(context.WithoutCancel(t.Context())) }()
	_, err = db.Exec(t.Context(), statement)
	require.NoError(t, err)
}
