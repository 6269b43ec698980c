package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"testing"
)

// goFile is one Go file of the tree, parsed.
type goFile struct {
	path   string // from the top of the tree, with forward slashes
	text   string
	syntax *ast.File
	set    *token.FileSet
}

// folder is the path of the package.
func (f goFile) folder() string { return path.Dir(f.path) }

// generated reports whether a program wrote the file, from one that people read.
func (f goFile) generated() bool { return strings.HasSuffix(f.path, "_templ.go") }

// isTest reports whether only `go test` compiles the file.
func (f goFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// fault says what is wrong at a place of the file, in the form that editors jump to.
func (f goFile) fault(at token.Pos, format string, values ...any) string {
	return fmt.Sprintf("%s:%d: ", f.path, f.set.Position(at).Line) + fmt.Sprintf(format, values...)
}

// parse reads one file from its text.
func parse(file, text string) (goFile, error) {
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, file, text, parser.ParseComments|parser.SkipObjectResolution)
	return goFile{path: file, text: text, syntax: syntax, set: set}, err
}

// wholeTree parses every Go file of the tree, once for all tests.
var wholeTree = sync.OnceValues(func() ([]goFile, error) {
	skip, err := ignored()
	if err != nil {
		return nil, err
	}
	var files []goFile
	top := os.DirFS("../..")
	err = fs.WalkDir(top, ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && (entry.Name() == "testdata" || overlooked(entry.Name(), skip)):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(file, ".go"):
			return nil
		}
		text, err := fs.ReadFile(top, file)
		if err != nil {
			return err
		}
		parsed, err := parse(file, string(text))
		files = append(files, parsed)
		return err
	})
	if err == nil && len(files) < 10 {
		err = fmt.Errorf("found %d Go files: this is not the tree", len(files))
	}
	return files, err
})

// tree returns every Go file of the tree.
func tree(t *testing.T) []goFile {
	t.Helper()
	files, err := wholeTree()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// plant returns files that exist in memory only, from their texts by path.
func plant(t *testing.T, texts map[string]string) []goFile {
	t.Helper()
	var files []goFile
	for file, text := range texts {
		parsed, err := parse(file, text)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, parsed)
	}
	return files
}
