// Package arch keeps imports pointing one way, by reading the source.
package arch

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/sole-platform/sole"

// law says what a folder may import besides the standard library.
type law struct {
	ours       []string // folders of this module; a trailing / covers what is below
	thirdParty bool
	forbidden  []string // of the standard library
}

var impure = []string{"net/http", "database/sql", "encoding/json", "log", "log/slog", "os", "crypto/rand", "math/rand", "math/rand/v2"}

// laws hold for a folder and all below it; the longest match decides. A folder that no
// law names may hold no code.
var laws = map[string]law{
	".":                    {ours: []string{"bootstrap"}},
	"domain":               {forbidden: impure},
	"application/port":     {ours: []string{"domain"}, forbidden: impure},
	"application/account":  {ours: []string{"domain", "application/port"}, forbidden: impure},
	"application/auth":     {ours: []string{"domain", "application/port"}, forbidden: impure},
	"application/platform": {ours: []string{"domain", "application/port"}, forbidden: impure},
	"adapters":             {ours: []string{"domain", "application/port"}, thirdParty: true},
	"adapters/bunstore":    {ours: []string{"domain", "application/port", "migrations"}, thirdParty: true},
	"adapters/http":        {ours: []string{"domain", "application/"}, thirdParty: true},
	"adapters/cli":         {ours: []string{"domain", "application/"}, thirdParty: true},
	"migrations":           {},
	"bootstrap":            {ours: []string{"domain", "application/", "adapters/", "migrations"}, thirdParty: true},
	"test":                 {ours: []string{"domain", "application/", "adapters/", "migrations", "bootstrap", "test/"}, thirdParty: true},
}

// violations names every import in one file that its folder's law does not allow.
func violations(path string, source any) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	folder := filepath.ToSlash(filepath.Dir(path))
	rule, known := lawOf(folder)
	if !known {
		return []string{path + ": no law knows this folder"}, nil
	}
	var found []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if !rule.allows(folder, imported) {
			found = append(found, path+" imports "+imported)
		}
	}
	return found, nil
}

func lawOf(folder string) (law, bool) {
	for at := folder; ; at = filepath.Dir(at) {
		if rule, known := laws[at]; known && (at != "." || folder == ".") {
			return rule, true
		}
		if at == "." {
			return law{}, false
		}
	}
}

func (l law) allows(folder, imported string) bool {
	if ours, found := strings.CutPrefix(imported, module+"/"); found {
		return ours == folder || slices.ContainsFunc(l.ours, func(allowed string) bool {
			return ours == allowed || strings.HasSuffix(allowed, "/") && strings.HasPrefix(ours, allowed)
		})
	}
	if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
		return l.thirdParty
	}
	return !slices.Contains(l.forbidden, imported)
}

func TestImportsPointOneWay(t *testing.T) {
	var found []string
	require.NoError(t, filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && len(entry.Name()) > 2 || entry.Name() == "data" || entry.Name() == "bin") {
			if err == nil {
				err = filepath.SkipDir
			}
			return err
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel("../..", path)
		if err != nil {
			return err
		}
		in, err := violations(relative, source)
		found = append(found, in...)
		return err
	}))
	require.Empty(t, found)
}

func TestPlantedViolationsAreNamed(t *testing.T) {
	for path, imported := range map[string]string{
		"domain/x.go":                module + "/application/port",
		"domain/y.go":                "net/http",
		"domain/z.go":                "github.com/google/uuid",
		"application/port/x.go":      "database/sql",
		"application/auth/x.go":      module + "/application/account",
		"application/auth/y.go":      module + "/adapters/redis",
		"adapters/redis/x.go":        module + "/adapters/memory",
		"adapters/redis/y.go":        module + "/application/auth",
		"adapters/memory/x.go":       module + "/migrations",
		"adapters/http/x.go":         module + "/bootstrap",
		"bootstrap/x.go":             module + "/test/harness",
		"migrations/x.go":            "github.com/pressly/goose/v3",
		"main.go":                    module + "/domain",
		"utils/x.go":                 "strings",
		"application/utils/x.go":     "strings",
		"adapters/bunstore/sub/x.go": module + "/adapters/http",
	} {
		found, err := violations(path, "package x\nimport _ \""+imported+"\"\n")
		require.NoError(t, err)
		require.Len(t, found, 1, "%s importing %s", path, imported)
	}
}

func TestTheTopLevelIsAsAgreed(t *testing.T) {
	agreed := []string{
		"domain", "application", "adapters", "bootstrap", "migrations", "test", "Dockerfile", "docker-compose.yml",
		"Taskfile.yml", "go.mod", "go.sum", "README.md", "LICENSE", "main.go", "data", "bin",
	}
	entries, err := os.ReadDir("../..")
	require.NoError(t, err)
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") {
			require.Contains(t, agreed, entry.Name())
		}
	}
}
