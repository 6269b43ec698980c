package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// binary returns the path of the product, built once per test process. Under -short it skips the test.
func binary(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no processes of the binary")
	}
	path, err := harness.Binary()
	require.NoError(t, err)
	return path
}

func sole(t *testing.T, path, folder string, args ...string) (output string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, path, args...)
	command.Dir, command.Env = folder, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder}
	out, err := command.CombinedOutput()
	if err != nil {
		require.IsType(t, &exec.ExitError{}, err)
	}
	return string(out), command.ProcessState.ExitCode()
}

func TestTheBinaryWorksFromAnEmptyFolder(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	first, stop := dev(t, path, folder)
	password := regexp.MustCompile(`Password\s+(\S+)`).FindStringSubmatch(first.greeting)
	require.NotNil(t, password, first.greeting)
	login := first.post(t, "/auth/login", credentials("owner@example.org", password[1])).is(200, "")
	token := login.text("challenge.token")
	secret := first.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": token}).is(200, "").text("secret")
	proof := map[string]any{"challenge_token": token, "code": first.code(t, secret, 0)}
	done := first.post(t, "/auth/login/mfa/enroll/confirm", proof).is(200, "")
	access, refresh := done.text("tokens.access_token"), done.text("tokens.refresh_token")
	first.get(t, "/me", access).is(200, "")
	require.Equal(t, 0, stop(), "SIGTERM stops it cleanly")

	database, err := sql.Open("sqlite", filepath.Join(folder, "data", "sole.db"))
	require.NoError(t, err)
	var hash string
	require.NoError(t, database.QueryRowContext(t.Context(), "SELECT password_hash FROM users").Scan(&hash))
	require.NoError(t, database.Close())
	require.Contains(t, hash, "$argon2id$v=19$m=19456,t=2,p=1$", "hashed with the default parameters")

	for _, name := range []string{"secret_key", "jwt_private.pem"} {
		info, err := os.Stat(filepath.Join(folder, "data", name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	second, stop := dev(t, path, folder)
	require.NotContains(t, second.greeting, password[1], "the password is shown once")
	second.post(t, "/auth/refresh", map[string]any{"refresh_token": refresh}).is(200, "")
	require.Equal(t, 0, stop())
}

// process is a running process of the binary.
type process struct {
	service
	greeting string
}

func dev(t *testing.T, path, folder string) (*process, func() int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	out := &syncedBuffer{}
	command := exec.Command(path, "dev")
	command.Dir, command.Stdout, command.Stderr = folder, out, &bytes.Buffer{}
	command.Env = []string{"PATH=" + os.Getenv("PATH"), fmt.Sprint("PORT=", port), "JWT_ISSUER=http://test"}
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	p := &process{service: service{t: t, url: fmt.Sprint("http://127.0.0.1:", port), clock: &clock{}}}
	greeted := func() bool { return strings.Contains(out.String(), "From the second sign-in") }
	require.Eventually(t, greeted, 30*time.Second, 20*time.Millisecond)
	p.greeting = out.String()
	return p, func() int {
		require.NoError(t, command.Process.Signal(syscall.SIGTERM))
		_ = command.Wait()
		return command.ProcessState.ExitCode()
	}
}

// A call of a method by a name that only a run knows keeps every exported method of every type in the program: 16 MB. The
// packages text/template and html/template do that. Some libraries import them, but the program must not reach that code.
func TestTheBinaryHasOnlyMethodsThatAreUsed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(binary(t))
	require.NoError(t, err)
	require.True(t, bytes.Contains(text, []byte("encoding/json.Marshal")), "names of functions are found")
	require.False(t, bytes.Contains(text, []byte("text/template.(*state).evalField")))
}

func TestExitCodesAndMessagesOfTheCommandLine(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "nobody-listens"), []byte("PORT=1\n"), 0o600))
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"version", 0, "built with: go"},
		{"--version", 0, "sole "},
		{"openapi", 0, `"openapi": "3.1.0"`},
		{"openapi --format yaml", 0, "openapi: 3.1.0"},
		{"serve --help", 0, "--env-file"},
		{"migrate --help", 0, "status"},
		{"healthcheck --env-file nobody-listens", 1, "does not answer"},
		{"seed", 1, "SEED_ADMIN_EMAIL"},
		{"doctor", 1, "data/sole.db does not exist"},
		{"serve --env-file nowhere", 1, "nowhere"},
		{"", 2, "name a command"},
		{"bogus", 2, "bogus"},
		{"serve --bogus", 2, "bogus"},
		{"migrate create", 2, "missing"},
		{"migrate create Bad-Name", 2, "lower-case"},
		{"openapi --format xml", 2, "json or yaml"},
		{"explain", 2, "missing"},
		{"explain --permission member.read", 2, "--account"},
		{"explain dec_AAAA", 1, "data/sole.db does not exist"},
	} {
		output, code := sole(t, path, folder, strings.Fields(c.args)...)
		require.Equal(t, c.code, code, "sole %s: %s", c.args, output)
		require.Contains(t, output, c.says, "sole %s", c.args)
	}
}

func TestProductionReportsEveryConfigurationErrorAtOnce(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	env := "ENVIRONMENT=production\nPORT=many\nTENANCY_MODE=some\nSECRET_KEY=short-" + canary +
		"\nALLOWED_ORIGINS=[\"*\"]\nDATABASE_URL=mysql://u:" + canary + "@h/d\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, ".env"), []byte(env), 0o600))
	output, code := sole(t, path, folder, "serve")
	require.Equal(t, 1, code)
	for _, key := range []string{"PORT", "TENANCY_MODE", "SECRET_KEY", "ALLOWED_ORIGINS", "DATABASE_URL", "JWT_PRIVATE_KEY"} {
		require.Contains(t, output, "- "+key, output)
	}
	require.NotContains(t, output, canary)
}
