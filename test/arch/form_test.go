package arch

import (
	"fmt"
	"go/ast"
	"strings"
	"testing"
	"unicode/utf8"
)

// The limits of form. A reader sees a file whole, a function on one screen, and a line without scrolling.
const (
	maxFileLines     = 400
	maxFunctionLines = 80
	maxColumns       = 140 // a tab counts as one
	maxParameters    = 5   // the context included, the receiver not
	maxUnkeyed       = 2   // values of a struct that may stand without the names of its fields
)

// formFaults returns every place in the files that is too long, has too many parameters, or
// fills a struct without naming its fields.
func formFaults(files []goFile) []string {
	structs := structTypes(files)
	var faults []string
	for _, f := range files {
		if f.generated() {
			continue
		}
		faults = append(faults, lineFaults(f)...)
		faults = append(faults, functionFaults(f)...)
		faults = append(faults, keyFaults(f, structs)...)
	}
	return faults
}

func lineFaults(f goFile) (faults []string) {
	lines := strings.Split(strings.TrimSuffix(f.text, "\n"), "\n")
	if len(lines) > maxFileLines {
		faults = append(faults, fmt.Sprintf("%s has %d lines: split it, a file has at most %d", f.path, len(lines), maxFileLines))
	}
	for i, line := range lines {
		if columns := utf8.RuneCountInString(line); columns > maxColumns {
			faults = append(faults, fmt.Sprintf("%s:%d: is %d columns wide: break the line, it has at most %d", f.path, i+1, columns, maxColumns))
		}
	}
	return faults
}

func functionFaults(f goFile) (faults []string) {
	ast.Inspect(f.syntax, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.FuncDecl:
			lines := f.set.Position(n.End()).Line - f.set.Position(n.Pos()).Line + 1
			if lines > maxFunctionLines {
				faults = append(faults, f.fault(n.Pos(), "%s has %d lines: split it, a function has at most %d", n.Name.Name, lines, maxFunctionLines))
			}
		case *ast.FuncType:
			if count := n.Params.NumFields(); count > maxParameters {
				faults = append(faults, f.fault(n.Pos(),
					"the function has %d parameters, at most %d are allowed: group those that belong together into a struct", count, maxParameters))
			}
		}
		return true
	})
	return faults
}

func TestEveryFileFollowsTheLimitsOfForm(t *testing.T) {
	for _, fault := range formFaults(tree(t)) {
		t.Error(fault)
	}
}

func TestFaultsOfFormAreReported(t *testing.T) {
	long := "package x\n" + strings.Repeat("\n", maxFileLines)
	wide := "package x\n\n// " + strings.Repeat("é", maxColumns-2) + "\n"
	tall := "package x\n\nfunc f() {\n" + strings.Repeat("\tg()\n", maxFunctionLines-1) + "}\n"
	pair := "package x\n\ntype point struct{ x, y, z int }\n\n"
	for _, c := range []struct{ file, text, want string }{
		{"x/long.go", long, "has 401 lines"},
		{"x/wide.go", wide, "x/wide.go:3: is 141 columns wide"},
		{"x/tall.go", tall, "f has 81 lines"},
		{"x/many.go", "package x\n\nfunc f(a, b, c int, d, e, f string) {}\n", "x/many.go:3: the function has 6 parameters"},
		{"x/port.go", "package x\n\ntype port interface{ F(a, b, c, d, e, f int) }\n", "has 6 parameters"},
		{"x/value.go", pair + "var p = point{1, 2, 3}\n", "x/value.go:5: names none of the fields of point"},
		{"x/list.go", pair + "var p = []point{{1, 2, 3}}\n", "point"},
		{"x/pointers.go", pair + "var p = []*point{{1, 2, 3}}\n", "point"},
		{"x/table.go", pair + "var p = map[string]point{\"a\": {1, 2, 3}}\n", "point"},
		{"x/named.go", pair + "type path []point\n\nvar p = path{{1, 2, 3}}\n", "point"},
		{"x/generic.go", "package x\n\ntype box[T any] struct{ a, b, c T }\n\nvar p = box[int]{1, 2, 3}\n", "box"},
		{"x/rows.go", "package x\n\nvar p = []struct{ a, b, c int }{{1, 2, 3}}\n", "an anonymous struct"},
	} {
		faults := formFaults(plant(t, map[string]string{c.file: c.text}))
		if len(faults) != 1 || !strings.Contains(faults[0], c.want) {
			t.Errorf("%s: want one fault with %q, got %q", c.file, c.want, faults)
		}
	}
}

func TestStructsOfOtherPackagesAreKnown(t *testing.T) {
	faults := formFaults(plant(t, map[string]string{
		"domain/point.go": "package domain\n\ntype Point struct{ X, Y, Z int }\n",
		"x/use.go":        "package x\n\nimport core \"" + module + "/domain\"\n\nvar p = core.Point{1, 2, 3}\n",
	}))
	if len(faults) != 1 || !strings.Contains(faults[0], "x/use.go:5") {
		t.Errorf("want the fault in x/use.go, got %q", faults)
	}
}

func TestCorrectFormIsNotReported(t *testing.T) {
	faults := formFaults(plant(t, map[string]string{
		"x/list.go":      "package x\n\nvar p = []int{1, 2, 3}\n\ntype words []string\n\nvar w = words{\"a\", \"b\", \"c\"}\n",
		"x/pair.go":      "package x\n\ntype pair struct{ a, b int }\n\nvar p = pair{1, 2}\n",
		"x/keyed.go":     "package x\n\ntype three struct{ a, b, c int }\n\nvar p = three{a: 1, b: 2, c: 3}\n",
		"x/rows_test.go": "package x\n\nvar p = []struct{ a, b, c int }{{1, 2, 3}}\n",
		"x/five.go":      "package x\n\nfunc (r pair) f(a, b, c, d, e int) {}\n",
	}))
	if len(faults) != 0 {
		t.Errorf("want no fault, got %q", faults)
	}
}
