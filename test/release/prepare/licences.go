package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// platforms are those of the released programs, which are not linked from the same modules.
var platforms = []string{"linux", "darwin"}

// licences returns the licence files of the standard library and of all modules of the programs.
func licences() (string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	folders := map[string]string{"the Go standard library": strings.TrimSpace(string(root))}
	for _, platform := range platforms {
		list := exec.Command("go", "list", "-deps", "-tags", "nethttpomithttp2", "-f",
			"{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", ".")
		list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+platform)
		list.Stderr = os.Stderr
		listed, err := list.Output()
		if err != nil {
			return "", err
		}
		for line := range strings.Lines(string(listed)) {
			if module, folder, found := strings.Cut(strings.TrimSpace(line), "\t"); found {
				folders[module] = folder
			}
		}
	}
	var b strings.Builder
	b.WriteString("The programs contain the following software of others.\n")
	for _, module := range slices.Sorted(maps.Keys(folders)) {
		if err := write(&b, module, folders[module]); err != nil {
			return "", err
		}
	}
	err = write(&b, "the list of common passwords", filepath.Join("adapters", "zxcvbn"))
	return b.String(), err
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|unlicense)([-.].*)?$`)

// write appends the licence files of a folder.
func write(b *strings.Builder, name, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	found := false
	for _, entry := range entries {
		if entry.IsDir() || !licenceFile.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		found = true
		fmt.Fprintf(b, "\n%s\n%s: %s\n\n%s\n", strings.Repeat("=", 80), name, entry.Name(), strings.TrimSpace(string(text)))
	}
	if !found {
		return fmt.Errorf("%s has no file with its licence in %s", name, folder)
	}
	return nil
}
