package locale

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/feature/plural"
)

// english and german return the languages by their tags.
func english(t *testing.T) *Language { return byTag(t, "en") }
func german(t *testing.T) *Language  { return byTag(t, "de") }

func byTag(t *testing.T, tag string) *Language {
	t.Helper()
	for _, l := range Languages() {
		if l.Tag() == tag {
			return l
		}
	}
	require.Fail(t, "no such language", tag)
	return nil
}

// templates returns every form of a text.
func (t text) templates() []template {
	if t.forms == nil {
		return []template{t.other}
	}
	return slices.Collect(maps.Values(t.forms))
}

// names returns the names of the values of all forms. A form may leave out the count: "one member".
func (t text) names() (names []string) {
	for _, form := range t.templates() {
		names = append(names, form.names()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestEveryLanguageHasTheSameTexts(t *testing.T) {
	source := english(t)
	require.NotEmpty(t, source.texts)
	for _, l := range Languages() {
		for key, text := range source.texts {
			translated, found := l.texts[key]
			if !found {
				t.Errorf("texts/%s lacks %q", l.Tag(), key)
				continue
			}
			if want, got := text.names(), translated.names(); !slices.Equal(want, got) {
				t.Errorf("texts/%s: %q has the values %q, in English it has %q", l.Tag(), key, got, want)
			}
		}
		for key := range l.texts {
			if !source.Has(key) {
				t.Errorf("texts/%s has %q, which is not in English", l.Tag(), key)
			}
		}
	}
}

func TestPluralFormsAreComplete(t *testing.T) {
	names := map[plural.Form]string{}
	for name, form := range pluralForms {
		names[form] = name
	}
	for _, l := range Languages() {
		needed := map[plural.Form]bool{}
		for n := range 201 {
			needed[l.pluralForm(n)] = true
		}
		needed[l.pluralForm(1_000_000)] = true
		for key, text := range l.texts {
			if text.forms == nil {
				if slices.Contains(text.names(), "count") && english(t).texts[key].forms != nil {
					t.Errorf("texts/%s: %q needs plural forms", l.Tag(), key)
				}
				continue
			}
			for form := range needed {
				if _, found := text.forms[form]; !found {
					t.Errorf("texts/%s: %q lacks the plural form %q", l.Tag(), key, names[form])
				}
			}
			for form, each := range text.forms {
				if !needed[form] {
					t.Errorf("texts/%s: %q has the plural form %q, which the language does not have", l.Tag(), key, names[form])
				}
				if form != plural.One {
					require.Subset(t, each.names(), text.names(), "texts/%s: %q: %q", l.Tag(), key, names[form])
				}
			}
		}
	}
}

func TestTextsAreWellFormed(t *testing.T) {
	for _, l := range Languages() {
		for _, texts := range []map[string]text{l.texts, l.messages} {
			for key, text := range texts {
				for _, form := range text.templates() {
					where := fmt.Sprintf("texts/%s: %q: %q", l.Tag(), key, form.whole)
					require.NotEmpty(t, strings.TrimSpace(form.whole), where)
					require.Equal(t, strings.TrimSpace(form.whole), form.whole, where)
					require.NotContains(t, form.whole, "  ", where)
					for _, p := range form.parts {
						require.NotContains(t, p.written, "{", where)
						require.NotContains(t, p.written, "}", where)
						require.Regexp(t, `^([a-z_]+)?$`, p.name, where)
					}
				}
			}
		}
	}
}

func TestNoKeyIsThereTwice(t *testing.T) {
	files, err := filepath.Glob("texts/*/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		decoder, seen := json.NewDecoder(strings.NewReader(string(raw))), map[string]bool{}
		_, err = decoder.Token()
		require.NoError(t, err)
		for decoder.More() {
			key, err := decoder.Token()
			require.NoError(t, err)
			if seen[key.(string)] {
				t.Errorf("%s: %q is there twice", file, key)
			}
			seen[key.(string)] = true
			var value any
			require.NoError(t, decoder.Decode(&value))
		}
	}
}

func TestFaultyTextsAreRefused(t *testing.T) {
	for content, fault := range map[string]string{
		`{`:                                     "unexpected end",
		`{"other.key": "Text"}`:                 "does not begin with the name of the file",
		`{"area.key": 1}`:                       "want a string",
		`{"area.key": {"one": "One"}}`:          `"other" is missing`,
		`{"area.key": {"some": "a"}}`:           "no plural form",
		`{"area.key": {"other": {"one": "a"}}}`: "no plural form",
	} {
		_, err := load(fstest.MapFS{"texts/en/area.json": &fstest.MapFile{Data: []byte(content)}})
		require.ErrorContains(t, err, fault, content)
	}
	_, err := load(fstest.MapFS{"texts/no language/area.json": &fstest.MapFile{Data: []byte(`{}`)}})
	require.Error(t, err)
}

// names returns the names of the values, sorted.
func (t template) names() (names []string) {
	for _, p := range t.parts {
		if p.name != "" && !slices.Contains(names, p.name) {
			names = append(names, p.name)
		}
	}
	slices.Sort(names)
	return names
}
