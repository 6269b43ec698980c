package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed texts
var texts embed.FS

// source is the language of the domain's messages, and the one to show when no other matches.
const source = "en"

// errorsArea is the file whose keys are messages of the domain.
const errorsArea = "errors"

// catalogue is every language, the source first, and the matcher over them.
type catalogue struct {
	languages []*Language
	matcher   language.Matcher
}

// loaded parses the embedded texts once. They are part of the program, so an error in them is a fault of the program.
var loaded = sync.OnceValue(func() catalogue {
	all, err := load(texts)
	if err != nil {
		panic(err)
	}
	return all
})

// load parses every language below the folder texts.
func load(files fs.FS) (catalogue, error) {
	folders, err := fs.ReadDir(files, "texts")
	if err != nil {
		return catalogue{}, err
	}
	var all catalogue
	for _, folder := range folders {
		l, err := loadLanguage(files, folder.Name())
		if err != nil {
			return catalogue{}, err
		}
		all.languages = append(all.languages, l)
	}
	slices.SortStableFunc(all.languages, func(a, b *Language) int {
		switch source {
		case a.Tag():
			return -1
		case b.Tag():
			return 1
		}
		return strings.Compare(a.Tag(), b.Tag())
	})
	tags := make([]language.Tag, len(all.languages))
	for i, l := range all.languages {
		tags[i] = l.tag
	}
	all.matcher = language.NewMatcher(tags)
	return all, nil
}

func loadLanguage(files fs.FS, name string) (*Language, error) {
	tag, err := language.Parse(name)
	if err != nil {
		return nil, fmt.Errorf("texts/%s: %w", name, err)
	}
	l := &Language{tag: tag, name: name, printer: message.NewPrinter(tag), texts: map[string]text{}, messages: map[string]text{}}
	areas, err := fs.ReadDir(files, path.Join("texts", name))
	if err != nil {
		return nil, err
	}
	for _, area := range areas {
		file := path.Join("texts", name, area.Name())
		if err := l.loadArea(files, file); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	l.sortPatterns()
	return l, nil
}

// loadArea adds the texts of one file.
func (l *Language) loadArea(files fs.FS, file string) error {
	raw, err := fs.ReadFile(files, file)
	if err != nil {
		return err
	}
	var entries map[string]any
	if err := json.Unmarshal(raw, &entries); err != nil {
		return err
	}
	area := strings.TrimSuffix(path.Base(file), ".json")
	for key, value := range entries {
		parsed, err := parseText(value)
		switch {
		case err != nil:
			return fmt.Errorf("%q: %w", key, err)
		case area == errorsArea:
			l.addMessage(key, parsed)
		case strings.HasPrefix(key, area+"."):
			l.texts[key] = parsed
		default:
			return fmt.Errorf("%q does not begin with the name of the file", key)
		}
	}
	return nil
}
