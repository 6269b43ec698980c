// Package arch tests the source: the direction of imports, the names at the top level, sizes and names. It uses
// the standard library only, so that it runs before anything else builds.
package arch

import (
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sole-platform/sole"

// law lists what a folder may import besides the standard library and its own subfolders.
type law struct {
	ours       []string // folders of this module; a trailing / covers what is below
	thirdParty bool
	forbidden  []string // of the standard library
}

// impure lists the packages that the core may not import: network, databases, formats, logs, system and
// randomness.
var impure = []string{
	"net/http", "database/sql", "encoding/json", "log", "log/slog", "os", "crypto/rand", "math/rand", "math/rand/v2",
}

// heavy call methods by names that only a run knows: with them in reach the linker keeps
// every method of every library, a third of the binary.
var heavy = []string{"text/template", "html/template"}

// core returns the law of use cases and ports.
func core(ours ...string) law { return law{ours: ours, forbidden: impure} }

// laws hold for a folder and all below it, the deepest one for each; * is any one folder.
// A folder that no law covers may hold no code.
var laws = map[string]law{
	".":                 {ours: []string{"bootstrap"}},
	"domain":            core(),
	"application":       core("domain", "application/port"),
	"application/*":     core("domain", "application", "application/port", "application/proof"),
	"application/port":  core("domain"),
	"application/proof": core("domain", "application/port"),
	"adapters/*":        {ours: []string{"domain", "application/port"}, thirdParty: true},
	"adapters/bunstore": {ours: []string{"domain", "application/port", "migrations"}, thirdParty: true},
	"adapters/http":     {ours: []string{"domain", "application/"}, thirdParty: true},
	"adapters/web":      {ours: []string{"domain", "application/"}, thirdParty: true},
	"adapters/cli":      {ours: []string{"domain", "application/"}, thirdParty: true},
	"migrations":        {},
	"docs/examples/*":   {thirdParty: true},
	"bootstrap":         {ours: []string{"domain", "application/", "adapters/", "migrations"}, thirdParty: true},
	"test":              {ours: []string{"domain", "application/", "adapters/", "migrations", "bootstrap"}, thirdParty: true},
}

// lawOf returns the deepest law that covers a folder, and the folder that the law is for.
func lawOf(folder string) (rule law, holds string, known bool) {
	for at := folder; at != "."; at = path.Dir(at) {
		if rule, known = laws[at]; known {
			return rule, at, true
		}
		if rule, known = laws[path.Join(path.Dir(at), "*")]; known {
			return rule, at, true
		}
	}
	rule, known = laws["."]
	return rule, ".", known && folder == "."
}

// allows reports whether code under a law that holds at a folder may import a package.
func (l law) allows(holds, imported string) bool {
	if ours, found := strings.CutPrefix(imported, module+"/"); found {
		return covers(holds+"/", ours) || slices.ContainsFunc(l.ours, func(allowed string) bool { return covers(allowed, ours) })
	}
	if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
		return l.thirdParty
	}
	return !slices.Contains(l.forbidden, imported) && !slices.Contains(heavy, imported)
}

func covers(allowed, folder string) bool {
	below, open := strings.CutSuffix(allowed, "/")
	return folder == below || open && strings.HasPrefix(folder, allowed)
}

// violations returns what is wrong with one file: its folder, or an import. Tests may import
// anything.
func violations(file goFile) []string {
	folder := file.folder()
	rule, holds, known := lawOf(folder)
	if !known {
		return []string{file.path + ": no law covers this folder: add one to laws in test/arch"}
	}
	if file.isTest() {
		return nil
	}
	var found []string
	for _, spec := range file.syntax.Imports {
		imported := strings.Trim(spec.Path.Value, `"`)
		if !rule.allows(holds, imported) {
			found = append(found, file.fault(spec.Pos(), "imports %s, which the law for %s does not allow", imported, holds))
		}
	}
	return found
}

func TestImportsPointOneWay(t *testing.T) {
	for _, file := range tree(t) {
		for _, violation := range violations(file) {
			t.Error(violation)
		}
	}
}

func TestForbiddenImportsAreReported(t *testing.T) {
	for _, planted := range []struct{ file, imported string }{
		{"domain/x.go", module + "/application/port"},
		{"domain/x.go", "net/http"},
		{"domain/x.go", "log/slog"},
		{"domain/x.go", "math/rand/v2"},
		{"domain/x.go", "github.com/google/uuid"},
		{"application/port/x.go", "database/sql"},
		{"application/port/x.go", module + "/application/auth"},
		{"application/port/x.go", module + "/application/proof"},
		{"application/proof/x.go", module + "/application/auth"},
		{"application/auth/x.go", module + "/application/account"},
		{"application/auth/x.go", module + "/adapters/redis"},
		{"application/auth/x.go", "github.com/google/uuid"},
		{"application/auth/x.go", "os"},
		{"application/brandnew/x.go", module + "/application/auth"},
		{"adapters/redis/x.go", module + "/adapters/memory"},
		{"adapters/redis/x.go", module + "/application/auth"},
		{"adapters/memory/x.go", module + "/migrations"},
		{"adapters/bunstore/below/x.go", module + "/adapters/http"},
		{"adapters/http/x.go", module + "/bootstrap"},
		{"adapters/cli/x.go", module + "/adapters/http"},
		{"adapters/x.go", "strings"},
		{"adapters/mail/x.go", "text/template"},
		{"bootstrap/x.go", module + "/test/harness"},
		{"adapters/http/x.go", module + "/test/harness"},
		{"migrations/x.go", "github.com/pressly/goose/v3"},
		{"migrations/x.go", module + "/domain"},
		{"main.go", module + "/domain"},
		{"main.go", "github.com/spf13/cobra"},
		{"main.go", module + "/test/harness"},
		{"stray/x.go", "strings"},
		{"stray/x_test.go", "strings"},
		{"internal/auth/x.go", "strings"},
	} {
		if found := judge(t, planted.file, planted.imported); len(found) != 1 {
			t.Errorf("%s importing %s: want one violation, got %q", planted.file, planted.imported, found)
		}
	}
}

func TestAllowedImportsAreNotReported(t *testing.T) {
	for _, planted := range []struct{ file, imported string }{
		{"main.go", module + "/bootstrap"},
		{"main.go", "os"},
		{"domain/x.go", "crypto/sha256"},
		{"domain/x_test.go", "github.com/stretchr/testify/require"},
		{"application/port/x.go", module + "/domain"},
		{"application/brandnew/x.go", module + "/application/proof"},
		{"application/auth/x.go", module + "/application/auth/below"},
		{"application/auth/x_test.go", module + "/adapters/memory"},
		{"adapters/brandnew/x.go", "github.com/google/uuid"},
		{"adapters/bunstore/x.go", module + "/migrations"},
		{"adapters/http/x.go", module + "/application/auth"},
		{"adapters/http/x.go", module + "/adapters/http/docs"},
		{"bootstrap/x.go", module + "/adapters/http"},
		{"bootstrap/x_test.go", module + "/test/harness"},
		{"test/e2e/x.go", module + "/test/harness"},
		{"test/e2e/x.go", module + "/bootstrap"},
	} {
		if found := judge(t, planted.file, planted.imported); len(found) != 0 {
			t.Errorf("%s importing %s: want no violation, got %q", planted.file, planted.imported, found)
		}
	}
}

// judge returns the violations of a file in memory with one import.
func judge(t *testing.T, file, imported string) []string {
	t.Helper()
	planted := plant(t, map[string]string{file: "package x\n\nimport _ " + strconv.Quote(imported) + "\n"})
	return violations(planted[0])
}

func TestTheTopLevelHasOnlyKnownNames(t *testing.T) {
	want := []string{
		"domain", "application", "adapters", "bootstrap", "docs", "migrations", "test", "main.go",
		"deploy", "Dockerfile", "docker-compose.yml", "Taskfile.yml", "go.mod", "go.sum", "README.md", "LICENSE",
		"CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md",
	}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	skip, err := ignored()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, entry := range entries {
		if !overlooked(entry.Name(), skip) {
			got = append(got, entry.Name())
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the top level is\n%q, agreed is\n%q", got, want)
	}
}

// overlooked reports whether a name begins with a dot or matches one of the patterns.
func overlooked(name string, patterns []string) bool {
	return strings.HasPrefix(name, ".") || slices.ContainsFunc(patterns, func(pattern string) bool {
		match, err := path.Match(pattern, name)
		return err == nil && match
	})
}

// ignored returns the names that .gitignore lists.
func ignored() ([]string, error) {
	text, err := os.ReadFile("../../.gitignore")
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		names = append(names, strings.TrimSuffix(strings.TrimSpace(line), "/"))
	}
	return names, nil
}
