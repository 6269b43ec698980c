//go:build sabotage

package sabotage

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/http"
)

const root = "../../.."

// weakened is a change of a source file of the product, for the build of the tests only. An environment
// variable selects the removed protection at run time, so that the tests are built once.
type weakened struct{ file, old, replacement string }

var sources = []weakened{
	{
		file: "adapters/http/route.go",
		old:  "\tadmit := func(ctx huma.Context) error { return t.server.admission.admitCaller(ctx, r) }\n",
		replacement: `
	switch r.id {
	case os.Getenv("SABOTAGE_PERMISSION"):
		r.needs = proof.SignedIn
	case os.Getenv("SABOTAGE_ACTION"):
		r.needs.Action = ""
	}
	admit := func(ctx huma.Context) error { return t.server.admission.admitCaller(ctx, r) }
`,
	},
	{file: "adapters/bunstore/tx.go", old: `	return t.db.NewSelect().Model(model).Where("?TableAlias.org_id = ?", t.org)`, replacement: `
	if q := t.db.NewSelect().Model(model); os.Getenv("SABOTAGE_FILTER") == "selects" {
		return q
	}
	return t.db.NewSelect().Model(model).Where("?TableAlias.org_id = ?", t.org)`},
	{file: "adapters/bunstore/tx.go", old: `	return t.db.NewUpdate().Model(model).Where("org_id = ?", t.org)`, replacement: `
	if q := t.db.NewUpdate().Model(model); os.Getenv("SABOTAGE_FILTER") == "updates" {
		return q
	}
	return t.db.NewUpdate().Model(model).Where("org_id = ?", t.org)`},
	{file: "adapters/bunstore/tx.go", old: `	return t.db.NewDelete().Model(model).Where("org_id = ?", t.org)`, replacement: `
	if q := t.db.NewDelete().Model(model); os.Getenv("SABOTAGE_FILTER") == "deletes" {
		return q
	}
	return t.db.NewDelete().Model(model).Where("org_id = ?", t.org)`},
	{
		file: "adapters/bunstore/authenticators.go",
		old:  `	err := r.selects(row).Where("a.kind = ?", kind).Where("a.handle = ?", handle).`,
		replacement: `
	find := r.selects
	if os.Getenv("SABOTAGE_FILTER") == "handles" {
		find = func(model any) *bun.SelectQuery { return r.db.NewSelect().Model(model) }
	}
	err := find(row).Where("a.kind = ?", kind).Where("a.handle = ?", handle).`,
	},
}

// choose returns a mutation that an environment variable selects.
func choose(set string) func(*testing.T) string {
	return func(*testing.T) string { return set }
}

// build compiles the tests of test/isolation against the weakened sources.
func build(t *testing.T) (binary string) {
	t.Helper()
	folder := t.TempDir()
	texts := map[string]string{}
	for _, s := range sources {
		path, err := filepath.Abs(filepath.Join(root, s.file))
		require.NoError(t, err)
		if texts[path] == "" {
			raw, err := os.ReadFile(path)
			require.NoError(t, err)
			texts[path] = strings.Replace(string(raw), "import (\n", "import (\n\t\"os\"\n", 1)
		}
		require.Equal(t, 1, strings.Count(texts[path], s.old), "%s does not read as it did: say here how to weaken it", s.file)
		texts[path] = strings.Replace(texts[path], s.old, s.replacement, 1)
	}
	overlay := map[string]map[string]string{"Replace": {}}
	for path, text := range texts {
		copied := filepath.Join(folder, filepath.Base(path))
		require.NoError(t, os.WriteFile(copied, []byte(text), 0o600))
		overlay["Replace"][path] = copied
	}
	encoded, err := json.Marshal(overlay)
	require.NoError(t, err)
	list := filepath.Join(folder, "overlay.json")
	require.NoError(t, os.WriteFile(list, encoded, 0o600))
	binary = filepath.Join(folder, "isolation.test")
	output, err := exec.Command("go", "test", "-c", "-overlay", list, "-o", binary, "..").CombinedOutput()
	require.NoError(t, err, string(output))
	return binary
}

// ofRoutes returns a mutant for each requirement of a route.
func ofRoutes(t *testing.T) (list []mutant) {
	t.Helper()
	for _, item := range http.New(http.UseCases{}, http.Options{}).OpenAPI().Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if o == nil {
				continue
			}
			if o.Extensions["x-permission"] != nil {
				list = append(list, mutant{
					kind: "permission of a route", name: o.OperationID, take: choose("SABOTAGE_PERMISSION=" + o.OperationID), tests: accessTests,
				})
			}
			if o.Extensions["x-step-up"] != nil {
				list = append(list, mutant{
					kind: "step-up of a route", name: o.OperationID, take: choose("SABOTAGE_ACTION=" + o.OperationID),
					tests: "TestEveryRouteDeclaresItsAccess",
				})
			}
		}
	}
	require.Greater(t, len(list), 60)
	return list
}

// ofRepositories returns mutants of repositories whose statements do not filter by org. Only PostgreSQL
// has row level security as a second protection.
func ofRepositories() (list []mutant) {
	for _, filter := range []string{"selects", "updates", "deletes"} {
		list = append(list,
			mutant{kind: "the repositories' own filter", name: filter, take: choose("SABOTAGE_FILTER=" + filter), tests: matrixTests})
	}
	return append(list, mutant{
		kind: "the org of a passkey", name: "found by its credential id", take: choose("SABOTAGE_FILTER=handles"), tests: passkeyTests,
	})
}
