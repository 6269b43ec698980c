package harness

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

const smallDocument = `{
  "openapi": "3.1.0",
  "paths": {
    "/things/{id}": {"get": {"responses": {
      "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
      "404": {"$ref": "#/components/responses/NotFound"}
    }}},
    "/things/none": {"get": {"responses": {"204": {}}}}
  },
  "components": {
    "schemas": {"Thing": {"type": "object", "required": ["tags"], "additionalProperties": false,
      "properties": {"tags": {"type": "array", "items": {"enum": ["a", "b"]}}}}},
    "responses": {"NotFound": {"x-codes": ["not_found"],
      "content": {"application/problem+json": {"schema": {"type": "object", "required": ["code"]}}}}}
  }
}`

func TestAContractReportsUndocumentedResponses(t *testing.T) {
	c, err := ReadContract([]byte(smallDocument))
	require.NoError(t, err)
	for name, a := range map[string]struct {
		path   string
		status int
		media  string
		body   string
		fault  string
	}{
		"as documented":     {"/things/1", 200, "application/json", `{"tags":["a"]}`, ""},
		"no elements":       {"/things/1", 200, "application/json", `{"tags":[]}`, ""},
		"a null list":       {"/things/1", 200, "application/json", `{"tags":null}`, "got null, want array"},
		"no enum member":    {"/things/1", 200, "application/json", `{"tags":["c"]}`, "value must be one of"},
		"a member too many": {"/things/1", 200, "application/json", `{"tags":[],"x":1}`, "additional properties"},
		"no JSON":           {"/things/1", 200, "application/json", `{`, "EOF"},
		"another type":      {"/things/1", 200, "text/plain", `{"tags":[]}`, "the type text/plain is not documented"},
		"another status":    {"/things/1", 500, "application/json", `{}`, "answered 500, which is not documented"},
		"a problem":         {"/things/1", 404, "application/problem+json", `{"code":"not_found"}`, ""},
		"another code":      {"/things/1", 404, "application/problem+json", `{"code":"gone"}`, `the code "gone" is not documented`},
		"no code":           {"/things/1", 404, "application/problem+json", `{}`, `the code "" is not documented`},
		"the exact path":    {"/things/none", 204, "", "", ""},
		"a body for 204":    {"/things/none", 204, "", "x", "a body is not documented"},
		"no operation":      {"/other", 500, "", "", ""},
	} {
		err := c.Check(http.MethodGet, a.path, a.status, http.Header{"Content-Type": {a.media}}, []byte(a.body))
		if a.fault == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, a.fault, name)
	}
}
