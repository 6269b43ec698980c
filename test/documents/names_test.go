package documents

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
)

var (
	span     = regexp.MustCompile("`([^`\n]+)`")
	testName = regexp.MustCompile(`\b((?:Test|Benchmark)[A-Z]\w+)`)
	ourPath  = regexp.MustCompile(`^(?:domain|application|adapters|bootstrap|migrations|test|docs|\.ci)/[\w./*-]*$|^[\w.-]+\.(?:md|go|yml)$`)
	goName   = regexp.MustCompile(`^(domain|application|port|proof|conformance|harness|auth|members|mail|http)\.([A-Z]\w*)(?:\.([A-Z]\w*))?`)
	route    = regexp.MustCompile(`\b(GET|POST|PUT|PATCH|DELETE) (?:/api/v1)?(/[a-z][\w/{}-]*)`)
)

// TestNamesInTheDocumentsExist finds files, tests, identifiers and routes that were renamed or
// removed after somebody wrote about them.
func TestNamesInTheDocumentsExist(t *testing.T) {
	routes, source := openAPI(t).routes(), sources(t)
	for _, d := range readAll(t) {
		for _, found := range span.FindAllStringSubmatch(d.prose, -1) {
			name := strings.TrimSuffix(found[1], "()")
			if ourPath.MatchString(name) {
				matches, err := filepath.Glob(filepath.Join(root, name))
				require.NoError(t, err)
				require.NotEmpty(t, matches, "%s names the file %s", d.path, name)
			}
			if parts := goName.FindStringSubmatch(name); parts != nil {
				last := parts[2]
				if parts[3] != "" {
					last = parts[3]
				}
				known := regexp.MustCompile(`\b` + last + `\b`).MatchString(source[parts[1]])
				require.True(t, known, "%s names %s", d.path, name)
			}
			for _, r := range route.FindAllStringSubmatch(name, -1) {
				require.True(t, routes[r[1]+" "+strings.TrimSuffix(r[2], "/")], "%s names the route %s %s", d.path, r[1], r[2])
			}
		}
		for _, found := range testName.FindAllString(d.prose, -1) {
			require.True(t, strings.Contains(source["tests"], "func "+found+"("), "%s names the test %s", d.path, found)
		}
	}
}

var subcommand = regexp.MustCompile(`\bsole (?:--env-file \S+ )?([a-z]+)(?: ([a-z]+))?`)

// TestCommandsInTheDocumentsExist asks each command that a document names for its help.
func TestCommandsInTheDocumentsExist(t *testing.T) {
	asked := map[string]bool{}
	ask := func(args ...string) bool {
		return bootstrap.Main(append(args, "--help"), io.Discard, io.Discard) == 0
	}
	for _, d := range readAll(t) {
		texts := d.prose
		for _, b := range d.blocks {
			texts += "`" + strings.ReplaceAll(b.text, "\n", "`\n`") + "`"
		}
		for _, code := range span.FindAllStringSubmatch(texts, -1) {
			for _, found := range subcommand.FindAllStringSubmatch(code[1], -1) {
				if name := found[1] + " " + found[2]; !asked[name] && parents[found[1]] {
					asked[name] = true
					require.True(t, ask(found[1], found[2]), "%s names the command sole %s", d.path, name)
				}
			}
		}
	}
	for parent := range parents {
		require.True(t, ask(parent), parent)
	}
}

// parents are the commands with subcommands.
var parents = map[string]bool{"migrate": true, "keys": true, "secrets": true, "audit": true, "backup": true, "prove": true}

// sources returns the text of the Go files by the name of their folder, and of all tests as "tests".
func sources(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, file := range goFiles(t) {
		raw, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		name := path.Base(path.Dir(file))
		if strings.HasSuffix(file, "_test.go") {
			name = "tests"
		}
		texts[name] += string(raw)
	}
	return texts
}

// contract holds the parts of the OpenAPI document that the documents name.
type contract struct {
	Paths      map[string]map[string]routeInfo
	Components struct {
		Responses map[string]struct {
			Codes []string `json:"x-codes"`
		}
	}
}

type routeInfo struct {
	StepUp    string `json:"x-step-up"`
	Responses map[string]struct {
		Ref string `json:"$ref"`
	}
}

var describe = sync.OnceValues(func() (c contract, err error) {
	var out bytes.Buffer
	if code := bootstrap.Main([]string{"openapi"}, &out, &out); code != 0 {
		return c, fmt.Errorf("sole openapi: exit code %d: %s", code, &out)
	}
	return c, json.Unmarshal(out.Bytes(), &c)
})

func openAPI(t *testing.T) contract {
	t.Helper()
	c, err := describe()
	require.NoError(t, err)
	return c
}

// routes are "METHOD /path" below /api/v1.
func (c contract) routes() map[string]bool {
	routes := map[string]bool{}
	for path, methods := range c.Paths {
		for method := range methods {
			routes[strings.ToUpper(method)+" "+strings.TrimPrefix(path, "/api/v1")] = true
		}
	}
	return routes
}
