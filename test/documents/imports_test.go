package documents

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/sole-platform/sole/"

// inbound are the adapters that call use cases.
var inbound = []string{"http", "web", "cli"}

// nodes are the boxes of the drawing, from top to bottom, with the text of each.
var nodes = []struct{ name, text string }{
	{"main", "main.go"},
	{"bootstrap", "bootstrap<br>configuration and wiring"},
	{"inbound", "adapters that call use cases<br>"},
	{"outbound", "adapters that implement ports<br>"},
	{"usecases", "application<br>the use cases<br>"},
	{"proof", "application/proof<br>passwords, codes, step-ups, guesses"},
	{"port", "application/port<br>what use cases need of the outside"},
	{"domain", "domain<br>types, rules and decisions"},
	{"migrations", "migrations<br>SQL of both databases"},
}

// node returns the box of a folder, or nothing for tests.
func node(folder string) string {
	first, rest, _ := strings.Cut(folder, "/")
	name, _, _ := strings.Cut(rest, "/")
	switch {
	case folder == ".":
		return "main"
	case first == "application" && name == "port", first == "application" && name == "proof":
		return name
	case first == "application":
		return "usecases"
	case first == "adapters" && slices.Contains(inbound, name):
		return "inbound"
	case first == "adapters":
		return "outbound"
	case first == "test":
		return ""
	}
	return first
}

// imports draws the imports between folders in the source.
func imports(t *testing.T) string {
	edges, members := map[string]bool{}, map[string]map[string]bool{}
	for _, file := range goFiles(t) {
		folder := path.Dir(file)
		from := node(folder)
		if from == "" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		if members[from] == nil {
			members[from] = map[string]bool{}
		}
		if parts := strings.Split(folder, "/"); len(parts) > 1 {
			members[from][parts[1]] = true
		}
		source, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range source.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			if ours, found := strings.CutPrefix(imported, module); found && node(ours) != from {
				edges["  "+from+" --> "+node(ours)+"\n"] = true
			}
		}
	}
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart TD\n")
	for _, n := range nodes {
		text := n.text
		if strings.HasSuffix(text, "<br>") {
			text += strings.Join(sorted(members[n.name]), ", ")
		}
		fmt.Fprintf(&b, "  %s[\"%s\"]\n", n.name, text)
	}
	for _, edge := range sorted(edges) {
		b.WriteString(edge)
	}
	return b.String() + "```\n"
}

// goFiles returns the paths of all Go files, relative to the root of the repository.
func goFiles(t *testing.T) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(at, ".go") {
			return err
		}
		name, err := filepath.Rel(root, at)
		paths = append(paths, filepath.ToSlash(name))
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(paths), 100)
	return paths
}
