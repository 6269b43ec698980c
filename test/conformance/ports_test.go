package conformance_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryPromiseOfAPortHasASuite reads the source of application/port and of this package. An
// interface that says "must" has a suite if
//
//   - an exported function or type of this package mentions it, or
//   - a method of an interface with a suite mentions it, and this package calls that method, or
//   - an interface with a suite embeds it.
func TestEveryPromiseOfAPortHasASuite(t *testing.T) {
	ports := portTypes(t)
	tested, called := suites(t)
	for grown := true; grown; {
		grown = false
		for name := range tested {
			for _, reached := range ports[name].reach(called) {
				grown = grown || ports[reached] != nil && !tested[reached]
				tested[reached] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ports)) {
		if ports[name].promises && !tested[name] {
			t.Errorf("port.%s says \"must\" and has no suite: write func %s(t *testing.T, open func(t *testing.T) port.%s) in test/conformance, "+
				"and run it in the test of each adapter", name, name, name)
		}
	}
}

// portType is an interface of application/port, or an alias of one.
type portType struct {
	promises bool
	expr     ast.Expr
}

// reach lists the names that the type mentions: all of an alias, those in the signatures of called
// methods and the embedded ones of an interface.
func (p *portType) reach(called map[string]bool) (names []string) {
	if p == nil {
		return nil
	}
	body, isInterface := p.expr.(*ast.InterfaceType)
	if !isInterface {
		return identifiers(p.expr)
	}
	for _, method := range body.Methods.List {
		if len(method.Names) == 0 || called[method.Names[0].Name] {
			names = append(names, identifiers(method.Type)...)
		}
	}
	return names
}

func portTypes(t *testing.T) map[string]*portType {
	t.Helper()
	types := map[string]*portType{}
	for _, file := range parsed(t, "../../application/port") {
		for _, declaration := range file.Decls {
			general, _ := declaration.(*ast.GenDecl)
			if general == nil {
				continue
			}
			for _, spec := range general.Specs {
				named, _ := spec.(*ast.TypeSpec)
				if named == nil {
					continue
				}
				body, isInterface := named.Type.(*ast.InterfaceType)
				switch {
				case isInterface:
					types[named.Name.Name] = &portType{promises: promises(general.Doc, named.Doc) || methodsPromise(body), expr: body}
				case named.Assign.IsValid():
					types[named.Name.Name] = &portType{expr: named.Type}
				}
			}
		}
	}
	require.Greater(t, len(types), 30)
	return types
}

func methodsPromise(body *ast.InterfaceType) bool {
	return slices.ContainsFunc(body.Methods.List, func(method *ast.Field) bool { return promises(method.Doc, method.Comment) })
}

// promises reports whether a comment says "must".
func promises(comments ...*ast.CommentGroup) bool {
	return slices.ContainsFunc(comments, func(c *ast.CommentGroup) bool { return slices.Contains(strings.Fields(c.Text()), "must") })
}

// suites returns the names in the exported types and in the signatures of the exported functions of
// this package, and the names of the methods that the package calls.
func suites(t *testing.T) (tested, called map[string]bool) {
	t.Helper()
	tested, called = map[string]bool{}, map[string]bool{}
	for _, file := range parsed(t, ".") {
		for _, declaration := range file.Decls {
			if general, ok := declaration.(*ast.GenDecl); ok && general.Tok == token.TYPE {
				for _, name := range identifiers(general) {
					tested[name] = tested[name] || ast.IsExported(general.Specs[0].(*ast.TypeSpec).Name.Name)
				}
			}
			function, _ := declaration.(*ast.FuncDecl)
			if function == nil {
				continue
			}
			if function.Recv == nil && function.Name.IsExported() {
				for _, name := range identifiers(function.Type) {
					tested[name] = true
				}
			}
			ast.Inspect(function, func(node ast.Node) bool {
				if call, ok := node.(*ast.CallExpr); ok {
					if method, ok := call.Fun.(*ast.SelectorExpr); ok {
						called[method.Sel.Name] = true
					}
				}
				return true
			})
		}
	}
	return tested, called
}

func identifiers(node ast.Node) (names []string) {
	ast.Inspect(node, func(node ast.Node) bool {
		if name, ok := node.(*ast.Ident); ok {
			names = append(names, name.Name)
		}
		return true
	})
	return names
}

// parsed returns the files of a package but its tests.
func parsed(t *testing.T, folder string) (files []*ast.File) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, file)
	}
	return files
}
