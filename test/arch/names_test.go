package arch

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// vague names say nothing about what a folder, a package or a file is for.
var vague = []string{"util", "utils", "helper", "helpers", "common", "misc", "manager", "shared", "types", "models", "interfaces"}

// programs are the folders whose package is main.
var programs = []string{".", "test/bench", "test/growth", "test/release/prepare"}

var (
	snake    = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*\.go$`)
	sentence = regexp.MustCompile(`^(Test|Benchmark|Fuzz)[A-Z][A-Za-z0-9]+$`)
)

func isProgram(folder string) bool {
	return slices.Contains(programs, folder) || strings.HasPrefix(folder, "docs/examples/")
}

// nameFaults returns what is wrong with the names of a file: its folder, its package, itself and its tests.
func nameFaults(f goFile) (faults []string) {
	folder, name := path.Base(f.folder()), path.Base(f.path)
	if slices.Contains(vague, folder) {
		faults = append(faults, f.path+": the name of the folder does not say what it is for")
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(name, ".go"), "_test")
	if !snake.MatchString(name) || slices.Contains(vague, stem) {
		faults = append(faults, f.path+": name the file in lower_case words after what is in it")
	}
	declared := strings.TrimSuffix(f.syntax.Name.Name, "_test")
	if !isProgram(f.folder()) && declared != folder {
		faults = append(faults, f.fault(f.syntax.Name.Pos(), "the package %s must have the name of its folder, %s", declared, folder))
	}
	for _, declaration := range f.syntax.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || !f.isTest() || function.Recv != nil || !isTestName(function.Name.Name) {
			continue
		}
		if !sentence.MatchString(function.Name.Name) {
			faults = append(faults, f.fault(function.Pos(),
				"name %s after what it shows, in CamelCase words without underscores", function.Name.Name))
		}
	}
	return faults
}

func isTestName(name string) bool {
	return slices.ContainsFunc([]string{"Test", "Benchmark", "Fuzz"}, func(kind string) bool { return strings.HasPrefix(name, kind) })
}

func TestNoNameIsVague(t *testing.T) {
	for _, file := range tree(t) {
		for _, fault := range nameFaults(file) {
			t.Error(fault)
		}
	}
}

func TestVagueNamesAreReported(t *testing.T) {
	for file, text := range map[string]string{
		"application/utils/x.go":     "package utils\n",
		"domain/helpers.go":          "package domain\n",
		"domain/common_test.go":      "package domain\n",
		"domain/orgSettings.go":      "package domain\n",
		"application/auth/x.go":      "package login\n",
		"application/auth/y_test.go": "package auth\n\nimport \"testing\"\n\nfunc TestLogin_refuses(t *testing.T) {}\n",
	} {
		planted := plant(t, map[string]string{file: text})
		if faults := nameFaults(planted[0]); len(faults) != 1 || !strings.Contains(faults[0], file) {
			t.Errorf("%s: want one fault, got %q", file, faults)
		}
	}
}
