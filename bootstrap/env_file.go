package bootstrap

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/viper"
)

// envFile is a file of KEY=value lines as it was read. What nobody asks to change stays as
// it is, to the byte.
type envFile struct {
	path   string
	text   string
	exists bool
	values map[string]string
}

func openEnvFile(path string) (envFile, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return envFile{}, fmt.Errorf("%s cannot be read: make it readable or name another with --env-file", path)
	}
	return parseEnvFile(path, string(text), err == nil)
}

func parseEnvFile(path, text string, exists bool) (envFile, error) {
	if faults := checkEnvText(text); len(faults) > 0 {
		return envFile{}, fmt.Errorf("%s cannot be used:\n  - %s", path, strings.Join(faults, "\n  - "))
	}
	v := viper.New()
	v.SetConfigType("env")
	if err := v.ReadConfig(strings.NewReader(keepHashes(text))); err != nil {
		return envFile{}, fmt.Errorf("%s cannot be read: write one KEY=value per line", path)
	}
	values := map[string]string{}
	for _, key := range v.AllKeys() {
		values[strings.ToUpper(key)] = v.GetString(key)
	}
	return envFile{path, text, exists, values}, nil
}

// with is the file after changes; an empty value removes its line. An error means that a
// value cannot be written so that it is read back the same.
func (f envFile) with(changes map[string]string) (envFile, error) {
	text := f.text
	for _, key := range inOrder(changes) {
		line, err := envLine(key, changes[key])
		if err != nil {
			return f, err
		}
		text = replaceLine(text, key, line)
	}
	next, err := parseEnvFile(f.path, text, f.exists)
	if err != nil {
		return f, err
	}
	for key, want := range changes {
		if next.values[key] != want {
			return f, fmt.Errorf("%s: the value cannot be written into a file of KEY=value lines: put it into a file /run/secrets/%s instead", key, key)
		}
	}
	return next, nil
}

var plainValue = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,~?&-]*$`)

// envLine writes a value so that the service, a shell, Compose and systemd read the same.
func envLine(key, value string) (string, error) {
	switch {
	case value == "":
		return "", nil
	case plainValue.MatchString(value):
		return key + "=" + value + "\n", nil
	case !strings.ContainsAny(value, "'\n\r"):
		return key + "='" + value + "'\n", nil
	case !strings.ContainsAny(value, "\"$\\`\n\r"):
		return key + `="` + value + "\"\n", nil
	}
	return "", fmt.Errorf("%s: leave one kind of quotation marks, and line breaks, out of the value", key)
}

// replaceLine puts line where the key is set, and at the end where it is not. A quoted
// value may go on over several lines.
func replaceLine(text, key, line string) string {
	quoted := regexp.QuoteMeta(key)
	set := regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?` + quoted + `[ \t]*[=:](?:[ \t]*'[^']*'|[ \t]*"(?:\\.|[^"\\])*")?[^\n]*(?:\n|\z)`)
	first := set.FindStringIndex(text)
	if first != nil {
		return text[:first[0]] + line + set.ReplaceAllLiteralString(text[first[1]:], "")
	}
	if text != "" && !strings.HasSuffix(text, "\n") && line != "" {
		text += "\n"
	}
	return text + line
}

// inOrder lists keys as the documentation does, those of containers last.
func inOrder(values map[string]string) []string {
	place := func(key string) int {
		if i := slices.IndexFunc(settings, func(s setting) bool { return s.key == key }); i >= 0 {
			return i
		}
		return len(settings)
	}
	return slices.SortedFunc(maps.Keys(values), func(a, b string) int {
		if order := place(a) - place(b); order != 0 {
			return order
		}
		return strings.Compare(a, b)
	})
}

// write replaces the file in one step, readable by its owner only. A file that changed
// meanwhile is left alone.
func (f envFile) write(next envFile) (err error) {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return fmt.Errorf("the folder of %s cannot be made: %w", f.path, err)
	}
	temporary, err := writeTemporary(f.path, strings.TrimSuffix(next.text, "\n"))
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", f.path, err)
	}
	defer func() { _ = os.Remove(temporary) }()
	if !f.exists {
		err = os.Link(temporary, f.path)
	} else if now, readErr := os.ReadFile(f.path); readErr != nil || !bytes.Equal(now, []byte(f.text)) {
		err = fs.ErrExist
	} else {
		err = os.Rename(temporary, f.path)
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s was changed by someone else meanwhile; nothing was written: run this again", f.path)
	}
	return err
}
