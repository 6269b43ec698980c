package arch

import (
	"go/ast"
	"path"
	"strconv"
	"strings"
)

// declaredTypes holds the type expressions of the module by folder and name, "domain.Org".
type declaredTypes map[string]ast.Expr

// structTypes collects the declared types of the files, those inside functions included.
func structTypes(files []goFile) declaredTypes {
	types := declaredTypes{}
	for _, f := range files {
		ast.Inspect(f.syntax, func(node ast.Node) bool {
			if spec, ok := node.(*ast.TypeSpec); ok {
				types[f.folder()+"."+spec.Name.Name] = spec.Type
			}
			return true
		})
	}
	return types
}

// keyFaults returns the composite literals that fill a struct with more than maxUnkeyed values
// and do not name its fields. Rows of an anonymous struct may do so in tests, where the table
// names the columns a line above.
func keyFaults(f goFile, types declaredTypes) (faults []string) {
	imports := importedFolders(f)
	var visit func(literal *ast.CompositeLit, written ast.Expr)
	visit = func(literal *ast.CompositeLit, written ast.Expr) {
		folder := f.folder()
		under, in := types.resolve(written, folder, imports)
		if _, ok := under.(*ast.StructType); ok && unkeyed(literal) && (!f.isTest() || !isAnonymous(written)) {
			faults = append(faults, f.fault(literal.Pos(), "names none of the fields of %s: write field: value", nameOf(written)))
		}
		key, element := partsOf(under)
		for _, part := range literal.Elts {
			value := part
			if pair, ok := part.(*ast.KeyValueExpr); ok {
				value = pair.Value
				if inner, ok := pair.Key.(*ast.CompositeLit); ok && inner.Type == nil && in == folder {
					visit(inner, key)
				}
			}
			if inner, ok := value.(*ast.CompositeLit); ok && inner.Type == nil && in == folder {
				visit(inner, element)
			}
		}
	}
	ast.Inspect(f.syntax, func(node ast.Node) bool {
		if literal, ok := node.(*ast.CompositeLit); ok && literal.Type != nil {
			visit(literal, literal.Type)
		}
		return true
	})
	return faults
}

// importedFolders returns the folders of this module that a file imports, by the name it uses for them.
func importedFolders(f goFile) map[string]string {
	folders := map[string]string{}
	for _, spec := range f.syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		folder, ours := strings.CutPrefix(imported, module+"/")
		if err != nil || !ours {
			continue
		}
		name := path.Base(folder)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		folders[name] = folder
	}
	return folders
}

// resolve follows names to the type that they denote, and returns the folder that declares it. It returns nil for types of other modules.
func (types declaredTypes) resolve(written ast.Expr, folder string, imports map[string]string) (ast.Expr, string) {
	for range 10 { // as deep as any chain of names
		switch t := written.(type) {
		case *ast.Ident:
			written = types[folder+"."+t.Name]
		case *ast.SelectorExpr:
			from, ok := t.X.(*ast.Ident)
			if !ok || imports[from.Name] == "" {
				return nil, folder
			}
			folder = imports[from.Name]
			written = types[folder+"."+t.Sel.Name]
		case *ast.IndexExpr:
			written = t.X
		case *ast.IndexListExpr:
			written = t.X
		case *ast.StarExpr:
			written = t.X
		case *ast.ParenExpr:
			written = t.X
		default:
			return written, folder
		}
	}
	return nil, folder
}

// partsOf returns the types of the keys and elements of a list or a map.
func partsOf(t ast.Expr) (key, element ast.Expr) {
	switch t := t.(type) {
	case *ast.ArrayType:
		return nil, t.Elt
	case *ast.MapType:
		return t.Key, t.Value
	}
	return nil, nil
}

func unkeyed(literal *ast.CompositeLit) bool {
	if len(literal.Elts) <= maxUnkeyed {
		return false
	}
	_, keyed := literal.Elts[0].(*ast.KeyValueExpr)
	return !keyed
}

func isAnonymous(t ast.Expr) bool {
	_, anonymous := t.(*ast.StructType)
	return anonymous
}

// nameOf returns the name of a type as it is written.
func nameOf(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.SelectorExpr:
		return nameOf(t.X) + "." + t.Sel.Name
	case *ast.IndexExpr:
		return nameOf(t.X)
	case *ast.IndexListExpr:
		return nameOf(t.X)
	case *ast.StarExpr:
		return nameOf(t.X)
	}
	return "an anonymous struct"
}
