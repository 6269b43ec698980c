package isolation

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const base = "/api/v1"

// operation is a route as the service describes it.
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

// ownAccount tells whether the route concerns the account of whoever calls it.
func (o *operation) ownAccount() bool {
	return o.Path == "/me" || strings.HasPrefix(o.Path, "/me/") || strings.HasPrefix(o.Path, "/auth/")
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

// document is what the running service says of itself.
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

//go:embed testdata/access.txt
var accessTable string

// access is who may call a route, as this test demands it: open, visitor, account or a
// permission, and the action that may want a step-up.
type access struct{ who, action string }

func (a access) permission() string {
	if a.who == "open" || a.who == "visitor" || a.who == "account" {
		return ""
	}
	return a.who
}

func readAccess(t *testing.T) map[string]access {
	t.Helper()
	table := map[string]access{}
	for line := range strings.Lines(accessTable) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		require.GreaterOrEqual(t, len(words), 3, line)
		entry := access{who: words[2]}
		if len(words) > 3 {
			entry.action = words[3]
		}
		route := words[0] + " " + words[1]
		require.NotContains(t, table, route)
		table[route] = entry
	}
	return table
}

// TestEveryRouteSaysWhoMayCallIt compares the service's description with the table.
func TestEveryRouteSaysWhoMayCallIt(t *testing.T) {
	t.Parallel()
	d, table := bare(t).document(t), readAccess(t)
	for _, o := range d.operations {
		want, known := table[o.String()]
		if !known {
			t.Errorf("%s is new: say in testdata/access.txt who may call it", o)
			continue
		}
		got := access{cmp.Or(o.Permission, o.Access), o.Action}
		if got != want {
			t.Errorf("%s declares %+v and testdata/access.txt says %+v", o, got, want)
		}
		if o.Permission != "" && o.Access != "account" {
			t.Errorf("%s demands a permission of nobody known", o)
		}
		delete(table, o.String())
	}
	require.Empty(t, table, "routes that are gone: take them out of testdata/access.txt")
}

// bare is a service without any data.
func bare(t *testing.T) *service {
	t.Helper()
	return serve(t, "sqlite://"+t.TempDir()+"/sole.db", "memory://")
}
