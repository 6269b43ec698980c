package e2e

import (
	"bytes"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// captured runs a command that succeeds and returns its standard output and standard error, each without the last line break.
func captured(t *testing.T, path, folder string, args ...string) (out, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(t.Context(), path, args...)
	command.Dir, command.Env, command.Stdout, command.Stderr = folder, []string{"HOME=" + folder}, &stdout, &stderr
	require.NoError(t, command.Run(), "%s%s", &stdout, &stderr)
	return strings.TrimSuffix(stdout.String(), "\n"), strings.TrimSuffix(stderr.String(), "\n")
}

// TestTheFirstServiceAccountNeedsNoSession creates a service account for a running service from the command line.
func TestTheFirstServiceAccountNeedsNoSession(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	running, stop := dev(t, path, folder)
	refused := func(code int, says string, args ...string) {
		t.Helper()
		output, got := sole(t, path, folder, append([]string{"service-accounts"}, args...)...)
		require.Equal(t, code, got, output)
		require.Contains(t, output, says)
		require.NotContains(t, output, "sole_sk_")
	}
	by := []string{"create", "--by", "owner@example.org"}
	key, said := captured(t, path, folder, append(append([]string{"service-accounts"}, by...), "--name", "Nightly export", "--role", "auditor",
		"--key", "first", "--expires-in-days", "30", "--network", "127.0.0.0/8", "--network", "::1")...)
	require.Regexp(t, `^sole_sk_[0-9A-Za-z]{65}_[0-9A-Za-z]{6}$`, key, "standard output has only the key")
	require.NotContains(t, said, key)
	id := regexp.MustCompile(`with the id (\S{36})`).FindStringSubmatch(said)
	require.NotNil(t, id, said)
	require.Equal(t, id[1], running.get(t, "/me", key).is(200, "").text("id"))
	for _, event := range []string{"service_account.created", "api_key.created"} {
		listed, ok := running.get(t, "/audit-events?action="+event, key).is(200, "").at("items").([]any)
		require.True(t, ok && len(listed) == 1, event)
		about, _ := listed[0].(map[string]any)
		require.Equal(t, "account", about["actor_type"], event)
		require.Equal(t, "sole service-accounts create", about["details"].(map[string]any)["by"], event)
	}
	plain, _ := captured(t, path, folder, append(append([]string{"service-accounts"}, by...), "--name", "Other", "--org", "acme")...)
	require.Regexp(t, `^[0-9a-f-]{36}$`, plain, "without a key standard output has only the id")

	refused(1, "`sole service-accounts list` shows", append(by, "--name", "nightly EXPORT")...)
	refused(1, "--role must be", append(by, "--name", "x", "--role", "chief")...)
	refused(1, "--role must contain neither owner", append(by, "--name", "x", "--role", "owner")...)
	refused(1, "--network must be a network", append(by, "--name", "x", "--key", "k", "--network", "here")...)
	refused(1, "--key must be", append(by, "--name", "x", "--key", strings.Repeat("k", 101))...)
	refused(1, "no account with this address", "create", "--by", "nobody@example.org", "--name", "x")
	refused(1, "--by must be", "create", "--by", "nobody", "--name", "x")
	refused(1, "with --org", append(by, "--name", "x", "--org", "other")...)
	refused(1, "no service account with this id", "revoke", plain[:35]+"x")
	refused(2, "--by", "create", "--name", "x")
	refused(2, "--key", append(by, "--name", "x", "--network", "::1")...)

	listed, _ := captured(t, path, folder, "service-accounts", "list")
	lines := strings.Split(listed, "\n")
	require.Len(t, lines, 3, "nothing that was refused exists: %s", listed)
	require.Regexp(t, "^"+id[1]+`  active +\S+  auditor +Nightly export$`, lines[1])
	require.Regexp(t, "^"+plain+`  active +\S+  - +Other$`, lines[2])

	ended, _ := captured(t, path, folder, "service-accounts", "revoke", id[1])
	require.Contains(t, ended, "suspended Nightly export")
	require.Eventually(t, func() bool { return running.get(t, "/me", key).status == 403 }, 10*time.Second, 20*time.Millisecond)
	again, _ := captured(t, path, folder, "service-accounts", "revoke", id[1])
	require.Contains(t, again, "suspended already")
	require.Equal(t, 0, stop())
}
