// Package arch keeps imports pointing one way and the top level as agreed, by reading the
// source. It uses the standard library only, so that it holds before anything else builds.
package arch

import (
	"bufio"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sole-platform/sole"

// law says what a folder may import besides the standard library and what is below itself.
type law struct {
	ours       []string // folders of this module; a trailing / covers what is below
	thirdParty bool
	forbidden  []string // of the standard library
}

// impure is what the core may not touch: the network, databases, formats, logs, the
// system and randomness.
var impure = []string{
	"net/http", "database/sql", "encoding/json", "log", "log/slog", "os", "crypto/rand", "math/rand", "math/rand/v2",
}

// heavy call methods by names that only a run knows: with them in reach the linker keeps
// every method of every library, a third of the binary.
var heavy = []string{"text/template", "html/template"}

// core is what every use case and port may import.
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
	"adapters/cli":      {ours: []string{"domain", "application/"}, thirdParty: true},
	"migrations":        {},
	"bootstrap":         {ours: []string{"domain", "application/", "adapters/", "migrations"}, thirdParty: true},
	"test":              {ours: []string{"domain", "application/", "adapters/", "migrations", "bootstrap"}, thirdParty: true},
}

// vague names say nothing about what a folder is for.
var vague = []string{"util", "utils", "helper", "helpers", "common", "misc", "manager"}

// lawOf finds the deepest law that covers a folder, and the folder where it takes hold.
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

// allows tells whether code under a law that holds at a folder may import a package.
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

// violations names what is wrong with one file: its folder, or an import. Tests may import
// what they like.
func violations(file, source string) ([]string, error) {
	folder := path.Dir(file)
	if slices.Contains(vague, path.Base(folder)) {
		return []string{file + ": the folder's name says nothing"}, nil
	}
	rule, holds, known := lawOf(folder)
	if !known {
		return []string{file + ": no law knows this folder"}, nil
	}
	if strings.HasSuffix(file, "_test.go") {
		return nil, nil
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if !rule.allows(holds, imported) {
			found = append(found, file+" imports "+imported)
		}
	}
	return found, nil
}

func TestImportsPointOneWay(t *testing.T) {
	tree, read, skip := os.DirFS("../.."), 0, append(ignored(t), "testdata")
	err := fs.WalkDir(tree, ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && overlooked(entry.Name(), skip):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(file, ".go"):
			return nil
		}
		source, err := fs.ReadFile(tree, file)
		if err != nil {
			return err
		}
		found, err := violations(file, string(source))
		for _, violation := range found {
			t.Error(violation)
		}
		read++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 10 {
		t.Errorf("read %d files: this is not the tree", read)
	}
}

func TestPlantedViolationsAreNamed(t *testing.T) {
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
		{"application/utils/x.go", "strings"},
		{"adapters/http/helpers/x.go", "strings"},
	} {
		if found := judge(t, planted.file, planted.imported); len(found) != 1 {
			t.Errorf("%s importing %s: want one violation, got %q", planted.file, planted.imported, found)
		}
	}
}

func TestWhatIsAllowedIsNotNamed(t *testing.T) {
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

// judge gives the violations of a file in memory with one import.
func judge(t *testing.T, file, imported string) []string {
	t.Helper()
	found, err := violations(file, "package x\n\nimport _ "+strconv.Quote(imported)+"\n")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestTheTopLevelIsAsAgreed(t *testing.T) {
	want := []string{
		"domain", "application", "adapters", "bootstrap", "migrations", "test", "main.go",
		"Dockerfile", "docker-compose.yml", "Taskfile.yml", "go.mod", "go.sum", "README.md", "LICENSE",
	}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, skip := []string{}, ignored(t)
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

// overlooked tells whether a name is a dotfile's or fits one of the patterns.
func overlooked(name string, patterns []string) bool {
	return strings.HasPrefix(name, ".") || slices.ContainsFunc(patterns, func(pattern string) bool {
		match, err := path.Match(pattern, name)
		return err == nil && match
	})
}

// ignored gives the names that .gitignore lists.
func ignored(t *testing.T) []string {
	t.Helper()
	file, err := os.Open("../../.gitignore")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var names []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		names = append(names, strings.TrimSuffix(lines.Text(), "/"))
	}
	return names
}
