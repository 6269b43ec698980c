//go:build sabotage

package sabotage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// mutant is one protection that is removed, with the tests that must fail without it.
type mutant struct {
	kind, name string
	take       func(t *testing.T) (set string) // removes it, with an environment variable
	tests      string
}

const (
	postgresTests = "TestTheDatabaseKeepsOrgsApart/postgres"
	sqliteTests   = "TestTheDatabaseKeepsOrgsApart/embedded"
	accessTests   = "TestEveryRouteDeclaresItsAccess|TestEveryRouteAdmitsOnlyTheDeclaredCallers/embedded"
	passkeyTests  = "TestAPasskeyOfAnotherOrgIsUnknown/embedded|TestTheStoreFindsPasskeysOfTheOwnOrgOnly/embedded"
	matrixTests   = "TestNothingOfAnotherOrgIsReached/embedded|TestARequestWithAnOwnIDChangesOnlyTheOwnOrg/embedded"
)

// tally counts the mutants that were found, by kind.
type tally struct {
	sync.Mutex
	kinds        []string
	found, tried map[string]int
}

func (c *tally) note(kind string, found bool) {
	c.Lock()
	defer c.Unlock()
	if c.tried[kind]++; c.tried[kind] == 1 {
		c.kinds = append(c.kinds, kind)
	}
	if found {
		c.found[kind]++
	}
}

// TestEverySabotageIsFound first runs the tests without a sabotage; they must pass.
func TestEverySabotageIsFound(t *testing.T) {
	binary, worlds := build(t), newWorlds(t)
	environment := append(os.Environ(), "SOLE_TEST_DATABASE_URL="+harness.Postgres(t), "SOLE_TEST_REDIS_URL="+harness.Redis(t))
	for tests, set := range map[string]string{
		postgresTests: "SOLE_TEST_WORLD=" + worlds.postgres, sqliteTests: "SOLE_TEST_WORLD=sqlite://" + worlds.sqlite,
		accessTests + "|" + matrixTests + "|" + passkeyTests: "",
	} {
		failed, output := run(t, binary, append(slices.Clone(environment), set), tests)
		require.Empty(t, failed, "without a sabotage: %s", output)
	}
	count := &tally{found: map[string]int{}, tried: map[string]int{}}
	t.Run("each", func(t *testing.T) {
		for _, m := range slices.Concat(worlds.ofPostgres(t), worlds.ofSQLite(t), ofRoutes(t), ofRepositories()) {
			t.Run(m.kind+"/"+m.name, func(t *testing.T) {
				t.Parallel()
				failed, output := run(t, binary, append(slices.Clone(environment), m.take(t)), m.tests)
				count.note(m.kind, len(failed) > 0)
				require.NotEmpty(t, failed, "nothing misses it: %s", output)
				t.Logf("missed by %s", strings.Join(failed, ", "))
			})
		}
	})
	found, tried := 0, 0
	for _, kind := range count.kinds {
		t.Logf("%-45s %3d of %3d found", kind, count.found[kind], count.tried[kind])
		found, tried = found+count.found[kind], tried+count.tried[kind]
	}
	t.Logf("%-45s %3d of %3d found", "in all", found, tried)
	require.Equal(t, tried, found)
	require.Greater(t, tried, 100)
}

var failure = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// run returns the innermost tests that failed. A run that ends otherwise counts as no finding.
func run(t *testing.T, binary string, environment []string, tests string) (failed []string, output string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, binary, "-test.run", tests)
	command.Dir, command.Env = "..", environment
	raw, err := command.CombinedOutput()
	output = string(raw)
	for _, match := range failure.FindAllStringSubmatch(output, -1) {
		name := match[1]
		failed = slices.DeleteFunc(failed, func(outer string) bool { return strings.HasPrefix(name, outer+"/") })
		failed = append(failed, name)
	}
	if err != nil && len(failed) == 0 || strings.Contains(output, "panic:") {
		t.Fatalf("the tests did not run: %v: %s", err, output)
	}
	return failed, fmt.Sprintf("%.4000s", output)
}
