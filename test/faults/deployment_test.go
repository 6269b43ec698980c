//go:build unix

package faults

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
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
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) {
	harness.Parallel(4)
	harness.Main(m)
}

const (
	ownerEmail = "owner@example.org"
	password   = "correct horse battery staple"
	defaultOrg = domain.OrgID("00000000-0000-4000-8000-000000000001")
)

func member(i int) string { return fmt.Sprintf("member%d@example.org", i) }

// deployment is a configuration that processes share.
type deployment struct {
	folder string
	env    []string
}

// deploy returns a migrated and seeded deployment with an owner and some members. Requests are limited
// only if env says so.
func deploy(t *testing.T, database, redis string, env ...string) *deployment {
	t.Helper()
	d := configure(t, database, redis, env...)
	d.sole(t, "migrate", "up")
	d.sole(t, "seed")
	d.populate(t, database)
	return d
}

func configure(t *testing.T, database, redis string, env ...string) *deployment {
	t.Helper()
	folder := t.TempDir()
	return &deployment{folder, append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "DATA_DIR=" + folder, "DATABASE_URL=" + database, "REDIS_URL=" + redis, "HOST=127.0.0.1",
		"RATE_LIMIT_PER_MINUTE=0", "PROXIES_COUNT=0", "JWT_ISSUER=http://test", "SEED_ADMIN_EMAIL=" + ownerEmail,
		"SEED_ADMIN_PASSWORD=" + password,
		"REFRESH_REUSE_GRACE_SECONDS=60",
	}, env...)}
}

// command returns a command of the product, not started.
func (d *deployment) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := harness.Binary()
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), path, args...)
	command.Dir, command.Env = d.folder, d.env
	return command
}

func (d *deployment) sole(t *testing.T, args ...string) {
	t.Helper()
	output, err := d.command(t, args...).CombinedOutput()
	require.NoError(t, err, string(output))
}

// mailed reports whether a process has written an email to an address.
func (d *deployment) mailed(to string) bool {
	mails, _ := filepath.Glob(filepath.Join(d.folder, "mail", "*.eml"))
	return slices.ContainsFunc(mails, func(mail string) bool {
		text, _ := os.ReadFile(mail)
		return bytes.Contains(text, []byte(to))
	})
}

// members is the number of accounts with the role member.
const members = 8

// populate adds members without a second factor, with the password of the owner.
func (d *deployment) populate(t *testing.T, database string) {
	t.Helper()
	store := open(t, database)
	require.NoError(t, store.InOrg(t.Context(), defaultOrg, func(tx port.OrgTx) error {
		seeded, err := tx.Users().ByEmail(t.Context(), ownerEmail)
		if err != nil {
			return err
		}
		for i := range members {
			now := time.Now().UTC().Truncate(time.Microsecond)
			user, err := domain.NewUser(domain.UserID(uuid.NewString()), domain.Email(member(i)), "Member", now)
			if err != nil {
				return err
			}
			user.SetPassword(seeded.Password, false, now)
			if err := tx.Users().Insert(t.Context(), user); err != nil {
				return err
			}
		}
		return nil
	}))
}

func open(t *testing.T, database string) port.Database {
	t.Helper()
	open := bunstore.Postgres{}.Open
	if strings.HasPrefix(database, "sqlite:") {
		open = bunstore.SQLite{}.Open
	}
	store, err := open(port.DatabaseURLs{Service: database}, harness.Hooks())
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// look opens the database without row level security.
func look(t *testing.T, database string) *sql.DB {
	t.Helper()
	driver, source := "pgx", database
	if path, embedded := strings.CutPrefix(database, "sqlite://"); embedded {
		driver, source = "sqlite", path
	}
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// service is a process that keeps its address when it is started again.
type service struct {
	t       *testing.T
	d       *deployment
	env     []string
	address string
	url     string
	log     *log
	command *exec.Cmd
	ended   chan struct{}

	database string       // of a service in this process
	client   *http.Client // of a service behind a proxy
}

// serve starts a process and waits until it answers.
func (d *deployment) serve(t *testing.T, env ...string) *service {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().(*net.TCPAddr)
	require.NoError(t, listener.Close())
	s := &service{
		t: t, d: d, env: append(slices.Concat(d.env, env), "PORT="+strconv.Itoa(address.Port)),
		address: address.String(), url: "http://" + address.String() + "/api/v1", log: &log{},
	}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("the log of %s complains\n%s", s.url, s.log.complaints())
		}
	})
	s.start(t)
	return s
}

// start starts the process, for the first time or again, and waits until it answers.
func (s *service) start(t *testing.T) {
	t.Helper()
	command, ended := s.d.command(t, "serve"), make(chan struct{})
	command.Env, command.Stdout, command.Stderr = s.env, s.log, s.log
	command.Cancel = func() error { return nil } // kill ends it
	require.NoError(t, command.Start())
	s.command, s.ended = command, ended
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", s.address)
		return err == nil && conn.Close() == nil
	}, time.Minute, 10*time.Millisecond, "it does not listen: %s", s.log)
}

// kill ends the process as a crash would.
func (s *service) kill() {
	_ = s.command.Process.Kill()
	<-s.ended
}

// terminate asks the process to end and returns its exit code.
func (s *service) terminate() int {
	require.NoError(s.t, s.command.Process.Signal(syscall.SIGTERM))
	<-s.ended
	return s.command.ProcessState.ExitCode()
}

// memory returns the resident memory of the process in MiB, or 0 if the system does not report it.
func (s *service) memory() int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kib int
	_, _ = fmt.Sscan(rest, &kib)
	return kib / 1024
}

// maxGrowth is the most MiB by which the process may grow during a fault.
const maxGrowth = 150

type log struct{ harness.Output }

// complaints returns the last warnings and errors.
func (l *log) complaints() string {
	lines := slices.DeleteFunc(strings.Split(l.String(), "\n"), func(line string) bool { return strings.Contains(line, `"level":"INFO"`) })
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}

var errNever = errors.New("it never came about")

// eventually waits until holds returns true, and returns how long that took.
func eventually(t *testing.T, what string, holds func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			require.NoError(t, errNever, what)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return time.Since(began)
}
