package http

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the current outline of the OpenAPI document to testdata/openapi.txt")

const outlineFile = "testdata/openapi.txt"

// TestTheContractIsUnchanged compares the OpenAPI document with its published outline: one line per
// operation, per component and per property of a component, with a digest of everything but its
// wording. A published line must not change, and a published request must not demand another
// property. Other additions need no line until they are published. To publish the whole document, run
//
//	go test ./adapters/http -run TestTheContractIsUnchanged -update
func TestTheContractIsUnchanged(t *testing.T) {
	t.Parallel()
	whole := documentOf(t, describedServer())
	requests := demanded(whole)
	lines, shapes := outline(whole)
	if *update {
		require.NoError(t, os.WriteFile(outlineFile, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	}
	published, err := os.ReadFile(outlineFile)
	require.NoError(t, err)
	for line := range strings.Lines(string(published)) {
		if line = strings.TrimSpace(line); !slices.Contains(lines, line) {
			subject := line[:strings.LastIndex(line, " ")]
			t.Errorf("the published shape of %q has changed; it is now (empty: removed)\n%s", subject, shapes[subject])
		}
	}
	for _, subject := range requests {
		component, _, _ := strings.Cut(subject, ".")
		if strings.Contains(string(published), component+" ") && !strings.Contains(string(published), subject+" ") {
			t.Errorf("a published request now demands %q: make it optional", subject)
		}
	}
}

// demanded lists the required properties of the components that are requests.
func demanded(whole map[string]any) (subjects []string) {
	walk(whole["paths"], func(object map[string]any) {
		body, _ := object["requestBody"].(map[string]any)
		walk(body, func(content map[string]any) {
			ref, _ := content["$ref"].(string)
			name, found := strings.CutPrefix(ref, schemaPrefix)
			if !found {
				return
			}
			required, _ := at(whole, ref).(map[string]any)["required"].([]any)
			for _, property := range required {
				subjects = append(subjects, fmt.Sprintf("schemas %s.%s required", name, property))
			}
		})
	})
	return subjects
}

// outline returns a line for each operation and component of an OpenAPI document, and their shapes
// by the line without its digest.
func outline(whole map[string]any) (lines []string, shapes map[string]string) {
	shapes = map[string]string{}
	for path, item := range whole["paths"].(map[string]any) {
		for method, value := range item.(map[string]any) {
			o := value.(map[string]any)
			access := []any{strings.ToUpper(method), path, o["operationId"], cmp.Or(o["x-permission"], o["x-access"])}
			if action := o["x-step-up"]; action != nil {
				access = append(access, action)
			}
			shapes[strings.TrimSpace(fmt.Sprintln(access...))] = shapeOf(o)
		}
	}
	for kind, components := range whole["components"].(map[string]any) {
		for name, component := range components.(map[string]any) {
			object := component.(map[string]any)
			required, _ := object["required"].([]any)
			properties, _ := object["properties"].(map[string]any)
			for property, shape := range properties {
				subject := kind + " " + name + "." + property
				if slices.Contains(required, any(property)) {
					subject += " required"
				}
				shapes[subject] = shapeOf(shape)
			}
			delete(object, "required")
			delete(object, "properties")
			shapes[kind+" "+name] = shapeOf(object)
		}
	}
	for subject, shape := range shapes {
		sum := sha256.Sum256([]byte(shape))
		lines = append(lines, subject+" "+hex.EncodeToString(sum[:8]))
	}
	slices.Sort(lines)
	return lines, shapes
}

// shapeOf returns a part of the document as JSON without its wording.
func shapeOf(part any) string {
	text, err := json.Marshal(withoutWording(part, false))
	if err != nil {
		panic(err) // it was read from JSON
	}
	return string(text)
}

// withoutWording removes summaries, descriptions and examples. The members of an object that holds
// the properties of a schema are names, not keywords.
func withoutWording(value any, names bool) any {
	switch v := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, member := range v {
			if names || !slices.Contains([]string{"summary", "description", "example", "examples"}, name) {
				kept[name] = withoutWording(member, name == "properties" && !names)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i, member := range v {
			kept[i] = withoutWording(member, false)
		}
		return kept
	}
	return value
}
