package arch

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// The linter finds what a package declares for itself and never uses; deadcode, which .ci/run
// starts, finds functions and methods that the program cannot reach. What is left, exported types,
// constants, variables and fields that no code of the program reads, is found here, by name.

// declaration is an exported name and where it is declared.
type declaration struct {
	name string
	file goFile
	at   token.Pos
}

// exported returns the exported types, constants, variables and functions of a file, and for the
// domain and the use cases also the fields of their structs. Fields elsewhere may be read by libraries.
func exported(f goFile) (found []declaration) {
	add := func(names ...*ast.Ident) {
		for _, name := range names {
			if name.IsExported() {
				found = append(found, declaration{name: name.Name, file: f, at: name.Pos()})
			}
		}
	}
	core := strings.HasPrefix(f.path, "domain/") || strings.HasPrefix(f.path, "application/")
	for _, top := range f.syntax.Decls {
		switch d := top.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				add(d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.ValueSpec:
					add(s.Names...)
				case *ast.TypeSpec:
					add(s.Name)
					if fields, ok := s.Type.(*ast.StructType); ok && core {
						for _, field := range fields.Fields.List {
							add(field.Names...)
						}
					}
				}
			}
		}
	}
	return found
}

// unusedFaults returns the exported names that no other code mentions. A use in a test does not
// count for what is shipped; it does for what is under test/.
func unusedFaults(files []goFile) (faults []string) {
	shipped := unmentioned(files, func(f goFile) bool { return !f.isTest() && !strings.HasPrefix(f.path, "test/") })
	for _, d := range append(shipped, unmentioned(files, func(goFile) bool { return true })...) {
		if fault := d.file.fault(d.at, "%s is exported and nothing uses it: remove it", d.name); !slices.Contains(faults, fault) {
			faults = append(faults, fault)
		}
	}
	return faults
}

// unmentioned returns the exported names of the chosen files that those files only declare.
func unmentioned(files []goFile, chosen func(goFile) bool) (found []declaration) {
	mentions, declared := map[string]int{}, map[string]int{}
	var all []declaration
	for _, f := range files {
		if !chosen(f) {
			continue
		}
		ast.Inspect(f.syntax, func(node ast.Node) bool {
			if name, ok := node.(*ast.Ident); ok {
				mentions[name.Name]++
			}
			return true
		})
		if !f.isTest() {
			all = append(all, exported(f)...)
		}
	}
	for _, d := range all {
		declared[d.name]++
	}
	for _, d := range all {
		if mentions[d.name] <= declared[d.name] {
			found = append(found, d)
		}
	}
	return found
}

func TestEveryExportedNameIsUsed(t *testing.T) {
	for _, fault := range unusedFaults(tree(t)) {
		t.Error(fault)
	}
}

func TestUnusedNamesAreReported(t *testing.T) {
	faults := unusedFaults(plant(t, map[string]string{
		"domain/x.go": "package domain\n\n// Org has a field that nobody reads.\ntype Org struct{ Name, Unread string }\n\n" +
			"const Used, Unused = 1, 2\n",
		"domain/x_test.go":      "package domain\n\nvar _ = Unused\n",
		"application/auth/y.go": "package auth\n\nvar name = domain.Org{Name: \"\"}.Name\n\nvar one = domain.Used\n",
	}))
	if len(faults) != 2 || !strings.Contains(faults[0], "Unread") || !strings.Contains(faults[1], "Unused") {
		t.Errorf("want Unread and Unused, got %q", faults)
	}
}
