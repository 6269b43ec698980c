//go:build sabotage

package sabotage

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../../.."

// weakened is a source file of the product as the tests are built with it: what is taken
// away is chosen when they run, so that they are built once. The tree stays as it is.
type weakened struct{ file, old, replacement string }

var sources = []weakened{
	{"adapters/http/route.go", "\tadmit := func(ctx huma.Context) error { return s.authenticate(ctx, r) }\n", `
	switch r.id {
	case os.Getenv("SABOTAGE_PERMISSION"):
		r.permission = ""
	case os.Getenv("SABOTAGE_ACTION"):
		r.action = ""
	}
	admit := func(ctx huma.Context) error { return s.authenticate(ctx, r) }
`},
	{"adapters/bunstore/tx.go", `	return t.db.NewSelect().Model(model).Where("?TableAlias.org_id = ?", t.org)`, `
	if q := t.db.NewSelect().Model(model); os.Getenv("SABOTAGE_FILTER") == "selects" {
		return q
	}
	return t.db.NewSelect().Model(model).Where("?TableAlias.org_id = ?", t.org)`},
	{"adapters/bunstore/tx.go", `	return t.db.NewUpdate().Model(model).Where("org_id = ?", t.org)`, `
	if q := t.db.NewUpdate().Model(model); os.Getenv("SABOTAGE_FILTER") == "updates" {
		return q
	}
	return t.db.NewUpdate().Model(model).Where("org_id = ?", t.org)`},
	{"adapters/bunstore/tx.go", `	return t.db.NewDelete().Model(model).Where("org_id = ?", t.org)`, `
	if q := t.db.NewDelete().Model(model); os.Getenv("SABOTAGE_FILTER") == "deletes" {
		return q
	}
	return t.db.NewDelete().Model(model).Where("org_id = ?", t.org)`},
}

// choose takes away what a variable of the environment names.
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

var (
	declaredPermission = regexp.MustCompile(`id: "([a-z-]+)".*permission: domain\.`)
	declaredAction     = regexp.MustCompile(`id: "([a-z-]+)".*action: domain\.`)
)

// ofRoutes takes away what each route declares to be demanded of its caller.
func ofRoutes(t *testing.T) (list []mutant) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "adapters/http/routes.go"))
	require.NoError(t, err)
	permissions, actions := declaredPermission.FindAllStringSubmatch(string(raw), -1), declaredAction.FindAllStringSubmatch(string(raw), -1)
	require.Len(t, permissions, strings.Count(string(raw), "permission: "))
	require.Len(t, actions, strings.Count(string(raw), "action: "))
	for _, route := range permissions {
		list = append(list, mutant{"permission of a route", route[1], choose("SABOTAGE_PERMISSION=" + route[1]), accessTests})
	}
	for _, route := range actions {
		list = append(list, mutant{"step-up of a route", route[1], choose("SABOTAGE_ACTION=" + route[1]), "TestEveryRouteSaysWhoMayCallIt"})
	}
	return list
}

// ofRepositories takes away the org that the repositories begin every statement with.
// SQLite has nothing behind it.
func ofRepositories() (list []mutant) {
	for _, filter := range []string{"selects", "updates", "deletes"} {
		list = append(list, mutant{"the repositories' own filter", filter, choose("SABOTAGE_FILTER=" + filter), matrixTests})
	}
	return list
}
