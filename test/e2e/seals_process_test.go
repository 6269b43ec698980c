package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// TestAnExportIsVerifiedWithoutTheService: the export, the seals in the log and the key
// set are enough.
func TestAnExportIsVerifiedWithoutTheService(t *testing.T) {
	t.Parallel()
	path := binary(t)
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.appendEvents(t, 120, func(_ int, e *domain.AuditEvent) {
			e.Details = map[string]string{"name": "<ü> \"\\\u2028 -> x"}
			e.Origin.UserAgent = "=1"
		})
		_, err := s.app.Sealing().Execute(t.Context())
		require.NoError(t, err)
		s.as(t, owner, "PATCH", "/me", map[string]any{"full_name": "Not Sealed"}).is(200, "")

		folder := t.TempDir()
		write := func(name, text string) string {
			t.Helper()
			file := filepath.Join(folder, name)
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			return file
		}
		export := s.as(t, owner, "GET", "/audit-events/export?format=ndjson", nil).is(200, "").raw
		var sealed []string
		require.Eventually(t, func() bool { // the routine may be sealing at the same time
			sealed = nil
			for line := range strings.Lines(s.log.String()) {
				if strings.Contains(line, `"msg":"audit.sealed"`) {
					sealed = append(sealed, line)
				}
			}
			return len(sealed) >= 2
		}, 20*time.Second, 50*time.Millisecond)
		seals, jwks := write("seals.ndjson", strings.Join(sealed, "")), write("jwks.json", s.call(t, "GET", "/.well-known/jwks.json", nil).raw)
		verify := func(code int, says, events string, more ...string) {
			t.Helper()
			args := append([]string{"audit", "verify", "--events", write("events.ndjson", events), "--seals", seals, "--jwks", jwks}, more...)
			output, got := sole(t, path, folder, args...)
			require.Equal(t, code, got, output)
			require.Contains(t, output, says)
		}
		verify(0, "hold; newest seal", export)
		verify(0, "wait for a seal", export)
		lines := slices.Collect(strings.Lines(export))
		known := regexp.MustCompile(`"token":"([^"]+)"`).FindStringSubmatch(sealed[len(sealed)-1])[1]
		verify(0, "", export, "--since", known)
		verify(0, "", export, "--since", "@"+write("known", known+"\n"), "--org", string(s.app.Config.DefaultOrgID))
		verify(1, "BROKEN", strings.ReplaceAll(export, `"ip":"127.0.0.1"`, `"ip":"127.0.0.2"`))
		verify(1, "changed: event", strings.Replace(export, "planted-7\"", "planted-77\"", 1))
		at := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "planted-7\"") })
		id := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(lines[at])[1]
		verify(1, "removed: event "+id, strings.Join(slices.Delete(slices.Clone(lines), at, at+1), ""))
		verify(1, "inserted: event "+id, export+lines[at])
		verify(1, "line 1", "x\n"+export)
		verify(1, "--since", export, "--since", known[:len(known)-4]+"AAAA")
		verify(1, "no seal of the org", export, "--since", known, "--org", nobody)

		seals = write("fewer.ndjson", strings.Join(sealed[:len(sealed)-1], ""))
		verify(1, "cut off: ", export, "--since", known)
		seals = write("none.ndjson", "\n")
		verify(1, "no seal", export)
		jwks = write("other.json", otherKeys(t))
		seals = write("seals.ndjson", strings.Join(sealed, ""))
		verify(1, "not among the trusted", export)
	})
}

// otherKeys returns the key set of a service that signs with another key.
func otherKeys(t *testing.T) string {
	t.Helper()
	s := start(t, deployments[0], signsWith(t, domain.RS256))
	return s.call(t, "GET", "/.well-known/jwks.json", nil).raw
}

// TestTheAuditCommands verifies the database from the command line, as docs/operations.md describes.
func TestTheAuditCommands(t *testing.T) {
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
	run(1, "does not exist, and this command creates nothing", "audit", "verify")
	run(0, "", "migrate", "up")
	run(0, "", "seed")
	run(0, "wait for a seal", "audit", "verify")
	run(0, "2 events sealed", "audit", "seal")
	run(0, "1 seals and 2 events hold", "audit", "verify", "--org", "default")
	run(0, "keys", "audit", "keys")
	old := run(0, `"seal":1`, "audit", "seals", "--org", "default")
	known := regexp.MustCompile(`"token":"([^"]+)"`).FindStringSubmatch(old)[1]

	run(0, "", "keys", "rotate", "--lead", "0s")
	configured := strings.Fields(strings.Split(run(0, "", "keys", "list"), "\n")[1])[0]
	run(0, "retired", "keys", "retire", configured, "--force")
	run(0, "2 events sealed", "audit", "seal")
	run(0, "2 seals and 4 events hold", "audit", "verify", "--since", known)
	pinned := filepath.Join(folder, "jwks.json")
	require.NoError(t, os.WriteFile(pinned, []byte(run(0, configured, "audit", "keys")), 0o600))
	run(0, "2 seals and 4 events hold", "audit", "verify", "--jwks", pinned)

	changed := envFile(t, "LOG_LEVEL=error", "JWT_ALGORITHM=ES256")
	for _, step := range [][2]string{
		{"migrate up", ""}, {"keys rotate --lead 0s", ""}, {"audit seal", "1 events sealed"}, {"audit verify", "3 seals and 5 events hold"},
	} {
		output, code := sole(t, path, folder, append(strings.Fields(step[0]), "--env-file", changed)...)
		require.Equal(t, 0, code, output)
		require.Contains(t, output, step[1])
	}
	newest := regexp.MustCompile(`"token":"([^"]+)"`).FindAllStringSubmatch(run(0, `"seal":3`, "audit", "seals", "--org", "default"), -1)
	require.Equal(t, "ES256", algorithm(t, newest[2][1]))
	require.NoError(t, os.WriteFile(pinned, []byte(run(0, "ES256", "audit", "keys")), 0o600))
	run(0, "3 seals and 5 events hold", "audit", "verify", "--jwks", pinned)

	run(1, "", "audit", "verify", "--org", "nobody")
	run(1, "--since", "audit", "verify", "--since", "x")
	run(1, "--since", "audit", "verify", "--since", "@nowhere")
	run(2, "", "audit", "verify", "--events", "x")
	run(2, "", "audit")
}
