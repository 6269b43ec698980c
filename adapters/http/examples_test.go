package http

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// TestEveryResponseHasAnExample requires one example of each schema that responses use, in the
// schema itself or in operations/*.md.
func TestEveryResponseHasAnExample(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	s := describedServer()
	everyOperation(s, func(_ string, o *huma.Operation) {
		for status, response := range o.Responses {
			if media := response.Content["application/json"]; media != nil && status < "300" {
				schema := s.OpenAPI().Components.Schemas.SchemaFromRef(media.Schema.Ref)
				shown[media.Schema.Ref] = shown[media.Schema.Ref] || len(media.Examples) > 0 || schema != nil && len(schema.Examples) > 0
			}
		}
	})
	require.Greater(t, len(shown), 20)
	for ref, has := range shown {
		if !has {
			t.Errorf("give an example of %s in operations/*.md", ref)
		}
	}
}

func TestExamplesMatchTheirSchemas(t *testing.T) {
	t.Parallel()
	s := describedServer()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("openapi.json", documentOf(t, s)))
	checked := 0
	check := func(about string, content map[string]*huma.MediaType) {
		if content["application/json"] == nil {
			return
		}
		media := content["application/json"]
		for _, example := range media.Examples {
			schema, err := compiler.Compile("openapi.json" + media.Schema.Ref)
			require.NoError(t, err, about)
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(example.Value.(json.RawMessage)))
			require.NoError(t, err, about)
			require.NoError(t, schema.Validate(value), "%s: %s", about, example.Summary)
			checked++
		}
	}
	everyOperation(s, func(_ string, o *huma.Operation) {
		if o.RequestBody != nil {
			check("the request of "+o.OperationID, o.RequestBody.Content)
		}
		for status, response := range o.Responses {
			check(o.OperationID+" "+status, response.Content)
		}
	})
	require.Greater(t, checked, 40)
}
