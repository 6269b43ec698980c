package documents

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) {
	if secret := os.Getenv("SOLE_TEST_CODE_OF"); secret != "" {
		printCode(secret)
		return
	}
	harness.Main(m)
}

// printCode is oathtool for the documents: it prints a code of the secret that was not printed
// before. A code works one step early and one late, so the first three come at once; then it waits.
func printCode(secret string) {
	const step = 30 * time.Second
	used := filepath.Join(os.Getenv("HOME"), ".last-step-"+secret)
	last := int64(0)
	if raw, err := os.ReadFile(used); err == nil {
		last, _ = strconv.ParseInt(string(raw), 10, 64)
	}
	next := max(last+1, time.Now().Unix()/30-1)
	time.Sleep(time.Until(time.Unix(next*30, 0).Add(-step + time.Second)))
	code, err := totp.GenerateCode(secret, time.Unix(next*30, 0))
	if err == nil {
		err = os.WriteFile(used, []byte(strconv.FormatInt(next, 10)), 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(code)
}

// developed is a session beside `sole dev`, as its first start leaves it.
func developed(t *testing.T) session {
	s, address, said := served(t, "dev")
	password := regexp.MustCompile(`Password\s+(\S+)`).FindStringSubmatch(said.String())
	require.NotNil(t, password, said)
	s.actual["http://localhost:8000"], s.actual["PASSWORD='...'"] = "http://"+address, "PASSWORD='"+password[1]+"'"
	return s
}

// operated is a session on the machine of a service that `sole dev` started, with its settings in
// .env, as an operator finds it.
func operated(t *testing.T) session {
	metrics := freeAddress(t)
	s, address, _ := served(t, "dev", "SEED_ADMIN_PASSWORD='four rooms and a view'", "METRICS_ADDR="+metrics,
		"WEBAUTHN_RP_ID=localhost", `WEBAUTHN_ORIGINS='["http://localhost:3000"]'`)
	s.actual["http://127.0.0.1:8000"], s.actual["http://127.0.0.1:9090"] = "http://"+address, "http://"+metrics
	return s
}

// served starts the product in a folder of its own, with lines in .env, and stops it at the end.
func served(t *testing.T, command string, lines ...string) (session, string, *output) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no processes of the binary")
	}
	sole, err := harness.Binary()
	require.NoError(t, err)
	s := session{folder: t.TempDir(), env: []string{"PATH=" + tools(t, sole) + ":" + os.Getenv("PATH")}, actual: map[string]string{}}
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	lines = append(lines, "PORT="+port, "HOST=127.0.0.1", "PUBLIC_URL=http://localhost:"+port, "RATE_LIMIT_PER_MINUTE=0")
	require.NoError(t, os.WriteFile(filepath.Join(s.folder, ".env"), []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	said := &output{}
	running := exec.Command(sole, command)
	running.Dir, running.Env, running.Stdout, running.Stderr = s.folder, []string{"PATH=" + os.Getenv("PATH")}, said, said
	require.NoError(t, running.Start())
	t.Cleanup(func() {
		_ = running.Process.Signal(syscall.SIGTERM)
		_ = running.Wait()
	})
	require.Eventually(t, func() bool { return strings.Contains(said.String(), "second sign-in") }, 30*time.Second, 20*time.Millisecond)
	return s, address, said
}

// stopped is a session in the folder of an embedded service that is stopped, beside an empty PostgreSQL database and Redis.
func stopped(t *testing.T) session {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no processes of the binary")
	}
	sole, err := harness.Binary()
	require.NoError(t, err)
	s := session{folder: t.TempDir(), env: []string{"PATH=" + tools(t, sole) + ":" + os.Getenv("PATH")}, actual: map[string]string{
		"postgres://sole@127.0.0.1:5432/sole": harness.Postgres(t), "redis://127.0.0.1:6379/0": harness.Redis(t),
	}}
	s.run(t, "before", "touch .env\nsole migrate up\nSEED_ADMIN_EMAIL=ann@example.org sole seed")
	return s
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

// output is what a process has written so far.
type output = harness.Output
