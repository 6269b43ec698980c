package locale

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// literal finds the string literals of Go and templ sources that can be keys, or beginnings of keys.
var literal = regexp.MustCompile("[\"`]([a-z][a-z_]*\\.[a-z0-9_.]*)[\"`]")

// fileEnding is that of a file, so the literal is the name of a file and no key.
var fileEnding = regexp.MustCompile(`\.(css|csv|go|html|ico|js|json|jpg|ndjson|png|svg|templ|txt|webp|xml)$`)

// areas returns the names of the files of texts.
func areas(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("texts/en/*.json")
	require.NoError(t, err)
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".json"); name != errorsArea {
			names = append(names, name)
		}
	}
	return names
}

// keysIn returns the keys in a source: literals that begin with the name of an area.
func keysIn(source string, areas []string) (keys []string) {
	for _, found := range literal.FindAllStringSubmatch(source, -1) {
		area, _, _ := strings.Cut(found[1], ".")
		if slices.Contains(areas, area) && !fileEnding.MatchString(found[1]) {
			keys = append(keys, found[1])
		}
	}
	return keys
}

// keysInPages returns the keys that the sources of the pages name, with the file that names each.
func keysInPages(t *testing.T) map[string]string {
	t.Helper()
	all, named := areas(t), map[string]string{}
	require.NoError(t, filepath.WalkDir("..", func(file string, entry fs.DirEntry, err error) error {
		generated := strings.HasSuffix(file, "_templ.go") || strings.HasSuffix(file, "_test.go")
		if err != nil || entry.IsDir() || generated || !slices.Contains([]string{".go", ".templ"}, filepath.Ext(file)) {
			return err
		}
		source, err := os.ReadFile(file)
		for _, key := range keysIn(string(source), all) {
			named[key] = file
		}
		return err
	}))
	return named
}

func TestEveryKeyInThePagesExists(t *testing.T) {
	source := english(t)
	for key, file := range keysInPages(t) {
		begins := strings.HasSuffix(key, ".") || strings.HasSuffix(key, "_")
		if !begins && !source.Has(key) {
			t.Errorf("%s: there is no text for %q", file, key)
		}
		if begins && !source.hasPrefix(key) {
			t.Errorf("%s: there is no text that begins with %q", file, key)
		}
	}
}

func (l *Language) hasPrefix(prefix string) bool {
	for key := range l.texts {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

func TestEveryTextIsUsed(t *testing.T) {
	named, ofDomain := keysInPages(t), terms(t)
	used := func(key string) bool {
		if area, _, _ := strings.Cut(key, "."); ofDomain[area] != nil {
			return true // TestEveryTermOfTheDomainHasAText
		}
		if _, whole := named[key]; whole {
			return true
		}
		for beginning := range named {
			if (strings.HasSuffix(beginning, ".") || strings.HasSuffix(beginning, "_")) && strings.HasPrefix(key, beginning) {
				return true
			}
		}
		return false
	}
	for key := range english(t).texts {
		if !used(key) {
			t.Errorf("no page uses %q: remove it", key)
		}
	}
}

func TestKeysAreFoundInSources(t *testing.T) {
	source := `<h1>{ locale.T(ctx, "signin.title") }</h1><link href="signin.css"/>
		locale.T(ctx, ` + "`signin.code.help`" + `, "name", "other.title") + l.Text("signin.reason."+name)`
	require.Equal(t, []string{"signin.title", "signin.code.help", "signin.reason."}, keysIn(source, []string{"signin"}))
}

// sameInGerman returns the keys of texts that are the same in both languages, one per line of a file.
func sameInGerman(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("testdata/same_in_german.txt")
	require.NoError(t, err)
	return strings.Fields(string(raw))
}

func TestEveryTextIsTranslated(t *testing.T) {
	source, translated, exceptions := english(t), german(t), sameInGerman(t)
	for key, text := range source.texts {
		same := text.other.whole == translated.texts[key].other.whole
		if same && !slices.Contains(exceptions, key) {
			t.Errorf("%q is English in texts/de: %q; if that is right, add it to testdata/same_in_german.txt", key, text.other.whole)
		}
		if !same && slices.Contains(exceptions, key) {
			t.Errorf("%q is translated, so remove it from testdata/same_in_german.txt", key)
		}
	}
	for _, key := range exceptions {
		require.True(t, source.Has(key), key)
	}
}
