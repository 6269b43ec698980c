package documents

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// errorMessages reads from the source which messages come with each code.
func errorMessages(t *testing.T) map[domain.Code][]string {
	t.Helper()
	names, literals := map[string]domain.Code{}, []*ast.CompositeLit{}
	for _, file := range parsed(t, "domain", "application", "adapters/http") {
		ast.Inspect(file, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.ValueSpec:
				if name, ok := n.Type.(*ast.Ident); ok && name.Name == "Code" && len(n.Values) == 1 {
					names[n.Names[0].Name] = domain.Code(textOf(n.Values[0]))
				}
			case *ast.CompositeLit:
				if n.Type != nil && nameOf(n.Type) == "Error" {
					literals = append(literals, n)
				}
			}
			return true
		})
	}
	require.Equal(t, len(domain.Codes()), len(names), "codes are declared in another way than this test reads")
	messages := map[domain.Code][]string{}
	for _, literal := range literals {
		members := map[string]ast.Expr{}
		for _, element := range literal.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				members[nameOf(pair.Key)] = pair.Value
			}
		}
		code, known := names[nameOf(members["Code"])]
		if message := textOf(members["Message"]); known && message != "" && message != "..." && !slices.Contains(messages[code], message) {
			messages[code] = append(messages[code], message)
		}
	}
	return messages
}

// nameOf returns the last name of an expression such as CodeInvalid, domain.CodeInvalid or Error.
func nameOf(node ast.Node) string {
	switch n := node.(type) {
	case *ast.Ident:
		return n.Name
	case *ast.SelectorExpr:
		return n.Sel.Name
	}
	return ""
}

// textOf returns a constant text, with "..." for what only a run knows.
func textOf(node ast.Expr) string {
	switch n := node.(type) {
	case nil:
		return ""
	case *ast.BasicLit:
		text, err := strconv.Unquote(n.Value)
		if err != nil {
			return ""
		}
		return text
	case *ast.BinaryExpr:
		return textOf(n.X) + textOf(n.Y)
	}
	return "..."
}

// parsed returns the Go files below the folders, without tests.
func parsed(t *testing.T, folders ...string) []*ast.File {
	t.Helper()
	var files []*ast.File
	for _, path := range goFiles(t) {
		if strings.HasSuffix(path, "_test.go") || !slices.ContainsFunc(folders, func(f string) bool { return strings.HasPrefix(path, f+"/") }) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), root+"/"+path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		files = append(files, file)
	}
	return files
}
