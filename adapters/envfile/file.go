// Package envfile reads and writes .env files: KEY=value lines that this service, a shell, Compose and systemd read alike.
package envfile

import (
	"bytes"
	"cmp"
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

// Format describes the keys in a file.
type Format struct {
	Known   []string // keys that the program reads, in the order in which they are written
	Secrets []string // keys whose values are secret
	// InEnvironment reports whether an environment variable is set.
	InEnvironment func(name string) bool
}

// File is a file as it was read. A change does not alter any other line.
type File struct {
	Path   string
	Exists bool
	Values map[string]string

	text   string
	format Format
}

// Open reads a file. A missing file counts as empty.
func (f Format) Open(path string) (File, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return File{}, fmt.Errorf("%s cannot be read: make it readable or name another with --env-file", path)
	}
	return f.Parse(path, string(text), err == nil)
}

// Parse returns the file at path with this text.
func (f Format) Parse(path, text string, exists bool) (File, error) {
	if faults := f.check(text); len(faults) > 0 {
		return File{}, fmt.Errorf("%s cannot be used:\n  - %s", path, strings.Join(faults, "\n  - "))
	}
	v := viper.New()
	v.SetConfigType("env")
	if err := v.ReadConfig(strings.NewReader(keepHashes(text))); err != nil {
		return File{}, fmt.Errorf("%s cannot be read: write one KEY=value per line", path)
	}
	values := map[string]string{}
	for _, key := range v.AllKeys() {
		values[strings.ToUpper(key)] = v.GetString(key)
	}
	return File{Path: path, Exists: exists, Values: values, text: text, format: f}, nil
}

// With returns the file after changes; an empty value removes its line. It returns an error if a value
// cannot be written so that it is read back the same.
func (f File) With(changes map[string]string) (File, error) {
	text := f.text
	for _, key := range f.format.InOrder(changes) {
		line, err := envLine(key, changes[key])
		if err != nil {
			return f, err
		}
		text = replaceLine(text, key, line)
	}
	next, err := f.format.Parse(f.Path, text, f.Exists)
	if err != nil {
		return f, err
	}
	for key, want := range changes {
		if next.Values[key] != want {
			return f, fmt.Errorf("%[1]s: the value cannot be written into a file of KEY=value lines: "+
				"put it into a file /run/secrets/%[1]s instead", key)
		}
	}
	return next, nil
}

var plainValue = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,~?&-]*$`)

// envLine writes a value so that the service, a shell, Compose and systemd read it alike.
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

// replaceLine replaces the lines that set the key, or appends the line. A quoted value can span
// several lines.
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

// InOrder lists the keys in the order of the format, other keys last.
func (f Format) InOrder(values map[string]string) []string {
	place := func(key string) int {
		if i := slices.Index(f.Known, key); i >= 0 {
			return i
		}
		return len(f.Known)
	}
	return slices.SortedFunc(maps.Keys(values), func(a, b string) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
	})
}

// Write replaces the file by next in one step and makes it readable by its owner only. It returns an error if the file was
// changed after it was read.
func (f File) Write(next File) (err error) {
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return fmt.Errorf("the folder of %s cannot be created: %w", f.Path, err)
	}
	temporary, err := Temporary(f.Path, strings.TrimSuffix(next.text, "\n"))
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", f.Path, err)
	}
	defer func() { _ = os.Remove(temporary) }()
	if !f.Exists {
		err = os.Link(temporary, f.Path)
	} else if now, readErr := os.ReadFile(f.Path); readErr != nil || !bytes.Equal(now, []byte(f.text)) {
		err = fs.ErrExist
	} else {
		err = os.Rename(temporary, f.Path)
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s was changed by someone else in the meantime, and nothing was written: run this again", f.Path)
	}
	return err
}

// Protect makes the file readable by its owner only.
func (f File) Protect() error {
	info, err := os.Stat(f.Path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return nil //nolint:nilerr // there is nothing to protect
	}
	return os.Chmod(f.Path, 0o600)
}

// Temporary writes a line of text to a new file beside path, which only its owner can read, and returns its name.
func Temporary(path, text string) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(text + "\n")
	return file.Name(), errors.Join(err, file.Close())
}
