package harness

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Contract compares responses with the OpenAPI document. It is safe for concurrent use.
type Contract struct {
	document map[string]any
	routes   []contractRoute

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by JSON pointer in the document
}

// contractRoute is a path of the document, in segments.
type contractRoute struct {
	path     string
	segments []string
}

const contractName = "openapi.json"

// ReadContract reads an OpenAPI document in JSON.
func ReadContract(text []byte) (*Contract, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := &Contract{document: document.(map[string]any), compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	c.compiler.AssertFormat()
	for path := range object(c.document["paths"]) {
		c.routes = append(c.routes, contractRoute{path: path, segments: strings.Split(path, "/")})
	}
	return c, c.compiler.AddResource(contractName, document)
}

// documented is the contract of the test process, because every server in it has the same one.
var documented struct {
	once     sync.Once
	contract *Contract
	err      error
}

// Documented fails the test when the OpenAPI document of the server does not describe its response.
func Documented(t testing.TB, server string, request *http.Request, response *http.Response, body []byte) {
	t.Helper()
	documented.once.Do(func() { documented.contract, documented.err = fetchContract(server) })
	if documented.err != nil {
		t.Fatalf("the OpenAPI document of %s cannot be read: %v", server, documented.err)
	}
	if err := documented.contract.Check(request.Method, request.URL.Path, response.StatusCode, response.Header, body); err != nil {
		t.Errorf("%v", err)
	}
}

func fetchContract(server string) (*Contract, error) {
	response, err := http.Get(server + "/openapi.json")
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return ReadContract(text)
}

// Check returns an error when the response does not match the document. It skips paths that are no
// operation and responses that the server sends before it knows the operation.
func (c *Contract) Check(method, asked string, status int, header http.Header, body []byte) error {
	path, operation := c.operation(method, asked)
	if operation == nil || slices.Contains([]int{405, 431}, status) {
		return nil
	}
	about := fmt.Sprintf("%s %s answered %d", method, path, status)
	response := object(object(operation["responses"])[strconv.Itoa(status)])
	if response == nil {
		return fmt.Errorf("%s, which is not documented: %s", about, body)
	}
	place := "/paths/" + escapePointer(path) + "/" + strings.ToLower(method) + "/responses/" + strconv.Itoa(status)
	if ref, ok := response["$ref"].(string); ok {
		place = strings.TrimPrefix(ref, "#")
		response = object(object(object(c.document["components"])["responses"])[place[strings.LastIndex(place, "/")+1:]])
	}
	if method == http.MethodHead {
		return nil
	}
	if err := checkCode(response, body); err != nil {
		return fmt.Errorf("%s: %w", about, err)
	}
	if err := c.checkBody(response, place, header, body); err != nil {
		return fmt.Errorf("%s: %w: %s", about, err, body)
	}
	return nil
}

// checkBody compares the type of the body and, where it is JSON, the body itself.
func (c *Contract) checkBody(response map[string]any, place string, header http.Header, body []byte) error {
	content := object(response["content"])
	if len(content) == 0 {
		if len(body) > 0 {
			return fmt.Errorf("a body is not documented")
		}
		return nil
	}
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return err
	}
	switch {
	case content[media] == nil && content["*/*"] == nil:
		return fmt.Errorf("the type %s is not documented", media)
	case !strings.HasSuffix(media, "json") || content[media] == nil || media == "application/x-ndjson":
		return nil
	}
	schema, err := c.schema(place + "/content/" + escapePointer(media) + "/schema")
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// checkCode checks that the operation lists the code of the problem document.
func checkCode(response map[string]any, body []byte) error {
	codes, listed := response["x-codes"].([]any)
	if !listed {
		return nil
	}
	var problem struct{ Code, Error string } // Error at the endpoints of OAuth 2.0
	if err := json.Unmarshal(body, &problem); err != nil {
		return err
	}
	if !slices.Contains(codes, any(cmp.Or(problem.Code, problem.Error))) {
		return fmt.Errorf("the code %q is not documented: %s", cmp.Or(problem.Code, problem.Error), body)
	}
	return nil
}

func (c *Contract) schema(place string) (*jsonschema.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.schemas[place]; known != nil {
		return known, nil
	}
	schema, err := c.compiler.Compile(contractName + "#" + place)
	c.schemas[place] = schema
	return schema, err
}

// operation finds the operation of a request; of several matching paths, the one with the fewest parameters.
func (c *Contract) operation(method, asked string) (path string, operation map[string]any) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	segments, fewest := strings.Split(asked, "/"), len(asked)
	for _, route := range c.routes {
		parameters, fits := 0, len(route.segments) == len(segments)
		for i := 0; fits && i < len(segments); i++ {
			if strings.HasPrefix(route.segments[i], "{") && segments[i] != "" {
				parameters++
			} else {
				fits = route.segments[i] == segments[i]
			}
		}
		if fits && parameters < fewest {
			fewest, path = parameters, route.path
			operation = object(object(object(c.document["paths"])[path])[strings.ToLower(method)])
		}
	}
	return path, operation
}

func object(value any) map[string]any {
	members, _ := value.(map[string]any)
	return members
}

// escapePointer writes a name as a part of a JSON pointer in a URI fragment (RFC 6901 §6).
func escapePointer(name string) string {
	return url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
}
