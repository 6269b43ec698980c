package isolation

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const base = "/api/v1"

// operation is a route in the OpenAPI document.
type operation struct {
	Method     string
	Path       string // without the base
	ID         string `json:"operationId"`
	Access     string `json:"x-access"`
	Permission string `json:"x-permission"`
	Action     string `json:"x-step-up"`
	Parameters []parameter
	Body       struct {
		Required bool
		Content  map[string]struct{ Schema schema }
	} `json:"requestBody"`
}

func (o *operation) String() string { return o.Method + " " + o.Path }

// ownAccount reports whether the route concerns the account of the caller.
func (o *operation) ownAccount() bool {
	return o.Path == "/me" || strings.HasPrefix(o.Path, "/me/") || strings.HasPrefix(o.Path, "/auth/")
}

// boundsAccount reports whether the caller then bounds the permissions of a service account. Their account must be of its org.
func (o *operation) boundsAccount() bool {
	return o.String() == "POST /service-accounts" || o.String() == "PATCH /service-accounts/{id}"
}

type parameter struct {
	Name, In string
	Required bool
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Enum       []any
	Minimum    float64
	Properties map[string]schema
	Items      *schema
}

// document is the OpenAPI document of the running service.
type document struct {
	operations []*operation
	schemas    map[string]schema
}

func (s *service) document(t *testing.T) document {
	t.Helper()
	response, err := http.Get(s.url + "/openapi.json")
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	var text struct {
		Paths      map[string]map[string]*operation
		Components struct{ Schemas map[string]schema }
	}
	require.NoError(t, json.Unmarshal(raw, &text))
	d := document{schemas: text.Components.Schemas}
	for path, methods := range text.Paths {
		if !strings.HasPrefix(path, base) {
			continue // of OAuth 2.0, whose clients and errors test/e2e tests
		}
		for method, o := range methods {
			o.Method, o.Path = strings.ToUpper(method), strings.TrimPrefix(path, base)
			d.operations = append(d.operations, o)
		}
	}
	slices.SortFunc(d.operations, func(a, b *operation) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	require.Greater(t, len(d.operations), 45)
	return d
}

// access is who may call a route, as the description of the operation says: open (anyone), visitor
// (anyone at a known org), account (anyone signed in) or a permission; and the action that may need
// a step-up.
type access struct{ who, action string }

func (a access) permission() string {
	if a.who == "open" || a.who == "visitor" || a.who == "account" {
		return ""
	}
	return a.who
}

// operationAccess matches the heading of an operation and the line below it that says who may call it.
var operationAccess = regexp.MustCompile(`(?m)^## ([a-z-]+): .*\n\nAccess: ([a-z_.]+)(?:, step-up ([a-z_.]+))?$`)

// readAccess returns who may call each operation, by its id.
func readAccess(t *testing.T) map[string]access {
	t.Helper()
	files, err := filepath.Glob("../../adapters/http/operations/*.md")
	require.NoError(t, err)
	table := map[string]access{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, match := range operationAccess.FindAllStringSubmatch(string(text), -1) {
			table[match[1]] = access{who: match[2], action: match[3]}
		}
	}
	return table
}

// TestEveryRouteDeclaresItsAccess compares the requirements of the routes with the descriptions of their
// operations, so that a mistake in one of them is found.
func TestEveryRouteDeclaresItsAccess(t *testing.T) {
	t.Parallel()
	d, table := bare(t).document(t), readAccess(t)
	for _, o := range d.operations {
		want, known := table[o.ID]
		if !known {
			t.Errorf("say below the heading of %s in adapters/http/operations who may call it: Access: ...", o.ID)
			continue
		}
		got := access{who: cmp.Or(o.Permission, o.Access), action: o.Action}
		if got != want {
			t.Errorf("the route of %s requires %+v, and adapters/http/operations says %+v", o.ID, got, want)
		}
		if o.Permission != "" && o.Access != "account" {
			t.Errorf("%s requires a permission of an unknown caller", o)
		}
	}
}

// bare is a service without any data.
func bare(t *testing.T) *service {
	t.Helper()
	return serve(t, "sqlite://"+t.TempDir()+"/sole.db", "memory://")
}
