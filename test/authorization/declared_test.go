// Package authorization tests, without HTTP, that every use case of a signed-in caller checks what it
// needs of the caller before it does anything.
package authorization

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// capability is the source of a package of use cases.
type capability struct {
	name      string
	needs     map[string]bool            // variables declared with a value of proof.Needs
	functions map[string][]*ast.FuncDecl // by name; methods of all types together
	structs   map[string]*ast.StructType
}

// parse adds a file of the package.
func (c *capability) parse(t *testing.T, file string, source any) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, 0)
	require.NoError(t, err)
	c.name = parsed.Name.Name
	for _, declared := range parsed.Decls {
		switch d := declared.(type) {
		case *ast.FuncDecl:
			c.functions[d.Name.Name] = append(c.functions[d.Name.Name], d)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				c.declare(spec)
			}
		}
	}
}

func (c *capability) declare(spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if fields, ok := s.Type.(*ast.StructType); ok {
			c.structs[s.Name.Name] = fields
		}
	case *ast.ValueSpec:
		for i, value := range s.Values {
			if literal, ok := value.(*ast.CompositeLit); ok && isProof(literal.Type, "Needs") {
				c.needs[s.Names[i].Name] = true
			}
		}
	}
}

func isProof(e ast.Expr, names ...string) bool {
	selector, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := selector.X.(*ast.Ident)
	return ok && from.Name == "proof" && slices.Contains(names, selector.Sel.Name)
}

func newCapability() *capability {
	return &capability{needs: map[string]bool{}, functions: map[string][]*ast.FuncDecl{}, structs: map[string]*ast.StructType{}}
}

// capabilities parses every package of use cases.
func capabilities(t *testing.T) map[string]*capability {
	t.Helper()
	const root = "../../application"
	found := map[string]*capability{}
	require.NoError(t, fs.WalkDir(os.DirFS(root), ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		folder := path.Dir(file)
		if found[folder] == nil {
			found[folder] = newCapability()
		}
		found[folder].parse(t, path.Join(root, file), nil)
		return nil
	}))
	delete(found, "proof") // which has the guard itself
	require.Greater(t, len(found), 8, "this is not the tree")
	return found
}

// useCases returns the methods Execute that take a domain.Caller, by the name of their type.
func (c *capability) useCases() map[string]*ast.FuncDecl {
	found := map[string]*ast.FuncDecl{}
	for _, method := range c.functions["Execute"] {
		if takesCaller(method.Type) {
			found[method.Recv.List[0].Type.(*ast.Ident).Name] = method
		}
	}
	return found
}

func takesCaller(signature *ast.FuncType) bool {
	return slices.ContainsFunc(signature.Params.List, func(parameter *ast.Field) bool {
		selector, ok := parameter.Type.(*ast.SelectorExpr)
		return ok && selector.Sel.Name == "Caller"
	})
}

// faults returns what is wrong with the use cases of the package.
func (c *capability) faults() (faults []string) {
	cases := c.useCases()
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		runs := c.reached(cases[name])
		if !slices.ContainsFunc(runs, c.namesNeeds) {
			faults = append(faults, c.name+"."+name+" names neither its Needs nor proof.OwnAccount nor proof.SignedIn")
		}
		if c.hasStore(name) || slices.ContainsFunc(runs, opensUnit) {
			faults = append(faults, c.name+"."+name+" uses a port.Store: take the unit of work that proof.Guard gives")
		}
	}
	return faults
}

// reached returns the function and every function of the package that it calls, directly or not.
// Methods are told apart by their name only.
func (c *capability) reached(from *ast.FuncDecl) []*ast.FuncDecl {
	reached := []*ast.FuncDecl{from}
	for i := 0; i < len(reached); i++ {
		inspect(reached[i], func(node ast.Node) {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return
			}
			for _, called := range c.functions[calledName(call)] {
				if called.Name.Name != "Execute" && !slices.Contains(reached, called) {
					reached = append(reached, called)
				}
			}
		})
	}
	return reached
}

// calledName returns the name of a function, or of a method of a variable; otherwise it is empty.
func calledName(call *ast.CallExpr) string {
	switch called := call.Fun.(type) {
	case *ast.Ident:
		return called.Name
	case *ast.SelectorExpr:
		if _, ok := called.X.(*ast.Ident); ok {
			return called.Sel.Name
		}
	}
	return ""
}

func inspect(function *ast.FuncDecl, look func(ast.Node)) {
	ast.Inspect(function, func(node ast.Node) bool {
		look(node)
		return true
	})
}

func (c *capability) namesNeeds(function *ast.FuncDecl) (found bool) {
	inspect(function, func(node ast.Node) {
		switch n := node.(type) {
		case *ast.SelectorExpr:
			found = found || isProof(n, "OwnAccount", "SignedIn")
		case *ast.Ident:
			found = found || c.needs[n.Name]
		}
	})
	return found
}

// opensUnit reports whether the function calls a method of a field Store.
func opensUnit(function *ast.FuncDecl) (found bool) {
	inspect(function, func(node ast.Node) {
		if method, ok := node.(*ast.SelectorExpr); ok {
			field, ok := method.X.(*ast.SelectorExpr)
			found = found || ok && field.Sel.Name == "Store"
		}
	})
	return found
}

// hasStore reports whether a field of the type is a port.Store.
func (c *capability) hasStore(name string) bool {
	fields := c.structs[name]
	return fields != nil && slices.ContainsFunc(fields.Fields.List, func(field *ast.Field) bool {
		selector, ok := field.Type.(*ast.SelectorExpr)
		return ok && selector.Sel.Name == "Store"
	})
}

func TestEveryUseCaseOfACallerChecksItsNeeds(t *testing.T) {
	checked := 0
	for _, c := range capabilities(t) {
		for _, fault := range c.faults() {
			t.Error(fault)
		}
		checked += len(c.useCases())
	}
	require.Greater(t, checked, 50, "use cases were found")
}

func TestAUseCaseWithoutACheckIsReported(t *testing.T) {
	const before = `package planted
var SuspendNeeds = proof.Needs{Permission: domain.PermMemberSuspend}
func (uc Careful) Execute(ctx context.Context, caller domain.Caller) error { return uc.Change(ctx, caller, SuspendNeeds, nil) }
func (uc Indirect) Execute(ctx context.Context, caller domain.Caller) error { return uc.run(ctx, caller) }
func (uc Indirect) run(ctx context.Context, caller domain.Caller) error { return proof.OwnAccount.Check(caller) }
func (uc Visited) Execute(ctx context.Context, visitor domain.Visitor) error { return nil }
`
	for planted, want := range map[string]int{
		"": 0,
		"func (uc Forgetful) Execute(ctx context.Context, caller domain.Caller) error { return uc.store(ctx) }":                         1,
		"func (uc Zero) Execute(ctx context.Context, caller domain.Caller) error { return uc.Change(ctx, caller, proof.Needs{}, nil) }": 1,
		`type Open struct { Store port.Store }
func (uc Open) Execute(ctx context.Context, caller domain.Caller) error { return SuspendNeeds.Check(caller) }`: 1,
		`func (uc Past) Execute(ctx context.Context, caller domain.Caller) error {
	return uc.Change(ctx, caller, SuspendNeeds, func(proof.Unit) error { return uc.write(ctx) })
}
func (uc Past) write(ctx context.Context) error { return uc.Guard.Store.InOrg(ctx, "", nil) }`: 1,
		`type Both struct { Store port.Store }
func (uc Both) Execute(ctx context.Context, caller domain.Caller) error { return uc.Store.InOrg(ctx, "", nil) }`: 2,
	} {
		t.Run(fmt.Sprint(want, " ", planted), func(t *testing.T) {
			c := newCapability()
			c.parse(t, "planted.go", before+planted)
			require.Len(t, c.faults(), want)
		})
	}
}
