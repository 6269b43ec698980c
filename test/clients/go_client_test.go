package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// unreachable is what the Go command prints when it cannot reach the source of modules.
var unreachable = regexp.MustCompile("dial tcp|proxyconnect|module lookup disabled")

// goClient generates the client of the whole API in a copy of docs/examples/go-client, and builds the program.
func goClient(t *testing.T) program {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		harness.Missing(t, err.Error())
	}
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join(examples, "go-client"))))
	text, err := document()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "openapi.json"), text, 0o600))
	if said, err := goCommand(folder, "generate").CombinedOutput(); err != nil {
		if unreachable.Match(said) {
			harness.Missing(t, "the generator cannot be had: "+string(said))
		}
		require.NoError(t, err, "%s", said)
	}
	return goBuild(t, folder)
}

// TestTheGoClientSignsInAndLists signs in with a code, refreshes, asks who it is and lists pages; an API key does the same. Then it is
// refused.
func TestTheGoClientSignsInAndLists(t *testing.T) {
	t.Parallel()
	client := goClient(t)
	s := serve(t)
	var want []string
	for range 4 {
		want = append(want, s.person(t, "member").email)
	}
	want = append(want, ownerEmail)
	printed := client.run(t, "SOLE_URL="+s.url, "EMAIL="+ownerEmail, "PASSWORD="+password, "CODE="+s.code(t, s.owner.secret))
	require.ElementsMatch(t, append(want, "The person "+ownerEmail), linesOf(printed))

	machine := s.machine(t, "member.read")
	printed = client.run(t, "SOLE_URL="+s.url, "KEY="+machine.key)
	require.ElementsMatch(t, append(want, "The service account "+machine.name), linesOf(printed))

	member := s.person(t, "member")
	for _, c := range []struct{ email, password, want string }{
		{ownerEmail, "wrong", "invalid_credentials - ask again"},
		{member.email, member.password, "permission_denied: "},
	} {
		command := client.command(t.Context(), "SOLE_URL="+s.url, "EMAIL="+c.email, "PASSWORD="+c.password)
		printed, err := command.Output()
		require.Error(t, err)
		require.Contains(t, string(printed), c.want)
	}
}
