package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheKeysCommands replaces a key from the command line, as docs/operations.md describes.
func TestTheKeysCommands(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	seeded := envFile(t, "SEED_ADMIN_EMAIL="+ownerEmail, "LOG_LEVEL=error")
	run := func(code int, says string, args ...string) string {
		t.Helper()
		output, got := sole(t, path, folder, append(args, "--env-file", seeded)...)
		require.Equal(t, code, got, output)
		require.Contains(t, output, says)
		return output
	}
	rows := func() [][]string { // id, state, source
		t.Helper()
		lines := strings.Split(strings.TrimSpace(run(0, "SIGNS FROM", "keys", "list")), "\n")
		var rows [][]string
		for _, line := range lines[1:] {
			rows = append(rows, strings.Fields(line)[:3])
		}
		return rows
	}
	made := regexp.MustCompile(`created (\S{43});`)

	run(1, "does not exist, and this command creates nothing", "keys", "list")
	run(0, "", "migrate", "up")
	run(1, "no such key", "keys", "retire", "unknown", "--force")
	require.Empty(t, rows(), "listing keys stores nothing")
	run(1, "sole seed", "keys", "rotate")
	run(0, "", "seed")

	output := run(0, "signs from", "keys", "rotate", "--lead", "0s", "--bits", "3072")
	require.Contains(t, output, "warning:")
	signing := made.FindStringSubmatch(output)[1]
	output = run(0, "signs from", "keys", "rotate", "--lead", "1h")
	require.NotContains(t, output, "warning:")
	require.NotContains(t, run(0, "", "keys", "rotate"), "warning:", "the usual lead is long enough")
	next := made.FindStringSubmatch(output)[1]

	listed := rows()
	require.Len(t, listed, 4)
	configured := listed[0][0]
	require.Equal(t, []string{configured, "verifying", "configured"}, listed[0])
	require.Equal(t, []string{signing, "signing", "database"}, listed[1])
	require.Equal(t, []string{next, "next", "database"}, listed[3])
	run(0, "ok    signing keys: "+signing[:8]+" signs with RS256, 4 verify", "doctor")

	run(1, "signs tokens now", "keys", "retire", signing, "--force")
	run(1, "--force", "keys", "retire", configured)
	run(0, "retired "+next, "keys", "retire", next)
	run(0, "retired "+configured, "keys", "retire", configured, "--force")
	run(1, "no such key", "keys", "retire", configured, "--force")
	require.Equal(t, []string{configured, "retired", "configured"}, rows()[0])

	curve := envFile(t, "SEED_ADMIN_EMAIL="+ownerEmail, "LOG_LEVEL=error", "JWT_ALGORITHM=ES256")
	output, code := sole(t, path, folder, "keys", "list", "--env-file", curve)
	require.Equal(t, 1, code, output)
	require.Contains(t, output, "jwt_private_es256.pem does not exist, and this command creates nothing")
	for _, step := range []struct {
		args, says string
		code       int
	}{
		{"migrate up", "", 0}, {"keys rotate --lead 0s", "with ES256", 0}, {"keys rotate --bits 3072", "leave it out", 2},
		{"doctor", " signs with ES256, 4 verify", 0}, {"keys retire " + signing, "the new JWT_ALGORITHM", 1},
		{"keys retire " + signing + " --force", "retired", 0},
	} {
		output, code := sole(t, path, folder, append(strings.Fields(step.args), "--env-file", curve)...)
		require.Equal(t, step.code, code, output)
		require.Contains(t, output, step.says)
	}
	for _, args := range []string{"keys", "keys rotate --bits 1024", "keys rotate --lead -1s", "keys retire", "keys list all"} {
		run(2, "", strings.Fields(args)...)
	}
}
