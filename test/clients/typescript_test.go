package clients

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
)

// operation is the start of an operation in the generated types.
var operation = regexp.MustCompile(`^    "?([a-z-]+)"?: \{$`)

// TestGeneratedTypesAreShortAndStrict checks that the types of the API take at most 120 lines an operation, and that no body is any.
func TestGeneratedTypesAreShortAndStrict(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(requireNode(t), "openapi.d.ts"))
	require.NoError(t, err)
	require.NotRegexp(t, `[:<|] *any\b`, string(text))
	_, operations, found := strings.Cut(string(text), "\nexport interface operations {\n")
	require.True(t, found)
	name, counted, own := "", 0, 0
	for line := range strings.Lines(operations) {
		if start := operation.FindStringSubmatch(strings.TrimSuffix(line, "\n")); start != nil {
			name, own = start[1], 0
			counted++
		}
		if own++; own == 121 {
			t.Errorf("the operation %s has more than 120 lines of types", name)
		}
	}
	require.Greater(t, counted, 90)
	require.LessOrEqual(t, strings.Count(string(text), "\n")/counted, 120, "lines an operation, with everything that they share")
}

// TestTheTypeScriptClientSignsInAndLists signs in with a code, gets new access tokens before they expire, and lists pages; an API
// key lists them too.
func TestTheTypeScriptClientSignsInAndLists(t *testing.T) {
	t.Parallel()
	client := nodeProgram(t, "client")
	s := serveWith(t, func(c *bootstrap.Config) { c.AccessTTL = 30 * time.Second })
	machine := s.machine(t, "member.read")
	var want []string
	for range 4 {
		want = append(want, s.person(t, "member").email)
	}
	var refreshed, pages atomic.Int32
	counter := s.counting(t, map[string]*atomic.Int32{"/api/v1/auth/refresh": &refreshed, "/api/v1/members": &pages})
	printed := client.run(t, "SOLE_URL="+counter, "EMAIL="+ownerEmail, "PASSWORD="+password, "CODE="+s.code(t, s.owner.secret), "PAGE=2")
	want = append(want, ownerEmail)
	require.ElementsMatch(t, append(want, "The person "+ownerEmail), linesOf(printed))
	require.EqualValues(t, 3, pages.Load(), "pages of five members")
	require.EqualValues(t, 4, refreshed.Load(), "access tokens live no longer than the margin of the client")
	printed = client.run(t, "SOLE_URL="+s.url, "KEY="+machine.key)
	require.ElementsMatch(t, append(want, "The service account "+machine.name), linesOf(printed))
}

// TestTheTypeScriptClientDecidesByCode checks what the example prints when it is refused.
func TestTheTypeScriptClientDecidesByCode(t *testing.T) {
	t.Parallel()
	client := nodeProgram(t, "client")
	s := serve(t)
	member := s.person(t, "member")
	for _, c := range []struct{ email, password, want string }{
		{ownerEmail, "wrong", "invalid_credentials: ask again"},
		{member.email, member.password, "permission_denied: "},
	} {
		command := client.command(t.Context(), "SOLE_URL="+s.url, "EMAIL="+c.email, "PASSWORD="+c.password)
		printed, err := command.Output()
		require.Error(t, err)
		require.Equal(t, 3, command.ProcessState.ExitCode(), "%s", printed)
		require.Contains(t, string(printed), c.want)
	}
}

// counting returns the URL of a proxy of the service that counts requests by their path.
func (s *service) counting(t *testing.T, counts map[string]*atomic.Int32) string {
	t.Helper()
	target, err := url.Parse(s.url)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if count := counts[r.URL.Path]; count != nil {
			count.Add(1)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func linesOf(printed string) []string { return strings.Split(strings.TrimSpace(printed), "\n") }
