package http

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// maxDocument limits the size of the OpenAPI document in bytes, because /docs reads it whole.
const maxDocument = 280 << 10

func describedServer() *Server {
	return New(UseCases{}, Options{Version: "test", PublicURL: "https://id.example.org", Logger: slog.New(slog.DiscardHandler)})
}

// documentOf returns the OpenAPI document as a client gets it.
func documentOf(t *testing.T, s *Server) map[string]any {
	t.Helper()
	text, err := json.Marshal(s.OpenAPI())
	require.NoError(t, err)
	require.Less(t, len(text), maxDocument)
	var whole map[string]any
	require.NoError(t, json.Unmarshal(text, &whole))
	return whole
}

func everyOperation(s *Server, visit func(path string, o *huma.Operation)) {
	for path, item := range s.OpenAPI().Paths {
		for _, o := range operationsOf(item) {
			if o != nil {
				visit(path, o)
			}
		}
	}
}

func TestEveryOperationIsDescribed(t *testing.T) {
	t.Parallel()
	s := describedServer()
	described := map[string]bool{}
	var tags []string
	for _, tag := range s.OpenAPI().Tags {
		require.NotEmpty(t, tag.Description, tag.Name)
		tags = append(tags, tag.Name)
	}
	everyOperation(s, func(path string, o *huma.Operation) {
		described[o.OperationID] = true
		if strings.TrimSpace(operationTexts()[o.OperationID].description) == "" {
			t.Errorf("describe %s in operations/*.md", o.OperationID)
		}
		require.NotEmpty(t, o.Summary, path)
		require.Subset(t, tags, o.Tags, path)
		require.Len(t, o.Tags, 1, path)
		require.NotNil(t, o.Security, "%s: say that no token is needed", path)
		if o.RequestBody != nil && o.RequestBody.Content["application/json"] != nil &&
			len(o.RequestBody.Content["application/json"].Examples) == 0 {
			t.Errorf("give an example of the request of %s in operations/*.md", o.OperationID)
		}
		for _, p := range o.Parameters {
			if p.Ref == "" && p.Description == "" {
				t.Errorf("describe the parameter %s of %s", p.Name, o.OperationID)
			}
		}
	})
	for id := range operationTexts() {
		require.True(t, described[id], "operations/*.md describes %s, which is no operation", id)
	}
	require.NotEmpty(t, s.OpenAPI().Servers)
}

func TestEveryReferenceResolves(t *testing.T) {
	t.Parallel()
	whole := documentOf(t, describedServer())
	used := map[string]bool{}
	walk(whole, func(object map[string]any) {
		ref, ok := object["$ref"].(string)
		if !ok {
			return
		}
		used[ref] = true
		require.NotNil(t, at(whole, ref), ref)
	})
	for kind, components := range whole["components"].(map[string]any) {
		for name := range components.(map[string]any) {
			if kind != "securitySchemes" {
				require.True(t, used["#/components/"+kind+"/"+name], "nothing refers to the component %s", name)
			}
		}
	}
}

// TestProblemsAreShared keeps the document small: a problem response is a reference.
func TestProblemsAreShared(t *testing.T) {
	t.Parallel()
	s := describedServer()
	everyOperation(s, func(path string, o *huma.Operation) {
		for status, response := range o.Responses {
			if status >= "400" && (o.OperationID != "health" || status != "503") {
				require.True(t, strings.HasPrefix(response.Ref, "#/components/responses/"), "%s %s", path, status)
			}
		}
		concerns := o.Tags[0] != "Service"
		names := concerns && o.Extensions["x-access"] != accessClient
		require.Equal(t, names, o.Responses["404"] != nil, "%s: an org that is named can be unknown", path)
	})
	for name, response := range s.OpenAPI().Components.Responses {
		if strings.HasPrefix(name, "OAuth") {
			require.Equal(t, schemaPrefix+"OAuthError", response.Content["application/json"].Schema.Ref, name)
		} else {
			require.Equal(t, schemaPrefix+"Problem", response.Content[problemJSON].Schema.Ref, name)
		}
		require.NotEmpty(t, response.Extensions["x-codes"], name)
	}
}

func TestClosedSetsAreEnums(t *testing.T) {
	t.Parallel()
	whole := documentOf(t, describedServer())
	enum := func(name string) (values []string) {
		for _, value := range at(whole, schemaPrefix+name+"/enum").([]any) {
			values = append(values, value.(string))
		}
		return values
	}
	require.Equal(t, texts(domain.Codes()), enum("Code"))
	require.Equal(t, texts(domain.Actions()), enum("Action"))
	require.Equal(t, schemaPrefix+"Code", at(whole, schemaPrefix+"Problem/properties/code/$ref"))
	for _, name := range []string{"Settings", "Policy", "SettingsChange"} {
		require.Equal(t, schemaPrefix+"Action", at(whole, schemaPrefix+name+"/properties/mfa_required_actions/items/$ref"), name)
	}
	for _, code := range domain.Codes() {
		require.NotZero(t, statuses[code], code)
	}
}

func texts[T ~string](values []T) (shown []string) {
	for _, value := range values {
		shown = append(shown, string(value))
	}
	return shown
}

// walk visits every object of a document.
func walk(value any, visit func(map[string]any)) {
	switch v := value.(type) {
	case map[string]any:
		visit(v)
		for _, member := range v {
			walk(member, visit)
		}
	case []any:
		for _, member := range v {
			walk(member, visit)
		}
	}
}

// at returns the part of the document that a reference points to.
func at(document map[string]any, ref string) any {
	var value any = document
	for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		switch v := value.(type) {
		case map[string]any:
			value = v[part]
		case []any:
			value = v[int(part[0]-'0')]
		default:
			return nil
		}
	}
	return value
}
