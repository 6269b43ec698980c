package http

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// operationFiles hold the wording of each operation in the OpenAPI document, one file per tag and one for passkeys:
//
//	## operation-id: The summary
//	Access: who may call it and the action that may need a step-up; test/isolation compares this with the route
//	The description, in Markdown.
//	### request: A name for the example
//	(a fenced block of JSON)
//	### 200: A name for the example
//	(a fenced block of JSON)
//
//go:embed operations/*.md
var operationFiles embed.FS

// operationText is one section of these files.
type operationText struct {
	summary, description string
	examples             []operationExample
}

// operationExample is the body of a request, or of the response with a status.
type operationExample struct {
	of, name string // of: "request" or a status; name: what the example shows
	value    json.RawMessage
}

// operationTexts reads the files once. They are part of the binary, so it panics when one has a mistake.
var operationTexts = sync.OnceValue(func() map[string]operationText {
	texts := map[string]operationText{}
	files, err := operationFiles.ReadDir("operations")
	if err != nil {
		panic(err)
	}
	for _, file := range files {
		content, err := operationFiles.ReadFile("operations/" + file.Name())
		if err != nil {
			panic(err)
		}
		for section := range strings.SplitSeq("\n"+string(content), "\n## ") {
			head, text, _ := strings.Cut(section, "\n")
			id, summary, isOperation := strings.Cut(head, ": ")
			if !isOperation {
				continue // before the first operation
			}
			if _, twice := texts[id]; twice {
				panic(fmt.Sprintf("operations/%s: %s is described twice", file.Name(), id))
			}
			texts[id] = parseOperation(id, summary, text)
		}
	}
	return texts
})

func parseOperation(id, summary, section string) operationText {
	parts := strings.Split("\n"+section, "\n### ")
	access, description, _ := strings.Cut(strings.TrimSpace(parts[0]), "\n")
	if !strings.HasPrefix(access, "Access: ") {
		panic(fmt.Sprintf("operation %s needs a line \"Access: ...\" below its heading", id))
	}
	text := operationText{summary: summary, description: strings.TrimSpace(description)}
	for _, part := range parts[1:] {
		head, body, _ := strings.Cut(part, "\n")
		of, name, named := strings.Cut(head, ": ")
		body = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(body), "```json"), "```")
		if !named || !json.Valid([]byte(body)) {
			const need = `the example %q of operation %s needs a heading "request: Name" or "200: Name" and one block of JSON`
			panic(fmt.Sprintf(need, head, id))
		}
		text.examples = append(text.examples, operationExample{of: of, name: name, value: json.RawMessage(body)})
	}
	return text
}

// addExamples adds the examples of the operation to its request body and responses.
func addExamples(o *huma.Operation) {
	for i, example := range operationTexts()[o.OperationID].examples {
		var content map[string]*huma.MediaType
		if example.of == "request" && o.RequestBody != nil {
			content = o.RequestBody.Content
		} else if response := o.Responses[example.of]; response != nil {
			content = response.Content
		}
		media := content["application/json"]
		if media == nil {
			panic(fmt.Sprintf("operation %s has no JSON for its example of %s", o.OperationID, example.of))
		}
		if media.Examples == nil {
			media.Examples = map[string]*huma.Example{}
		}
		media.Examples[fmt.Sprintf("example%d", i+1)] = &huma.Example{Summary: example.name, Value: example.value}
	}
}
