package locale

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// pattern is a message of the domain with values in it.
type pattern struct {
	english template
	text    text
}

// Message returns a message of the domain, which is English, in this language. A message that is not in the catalogue is
// returned as it is.
func (l *Language) Message(english string) string {
	if found, known := l.messages[english]; known {
		return l.fill(l.choose(found, nil), nil)
	}
	for _, p := range l.patterns {
		if values, matches := p.english.match(english); matches {
			return l.fill(l.choose(p.text, values), values)
		}
	}
	return english
}

func (l *Language) addMessage(english string, translated text) {
	if parsed := parseTemplate(english); parsed.parts != nil {
		l.patterns = append(l.patterns, pattern{english: parsed, text: translated})
		return
	}
	l.messages[english] = translated
}

// sortPatterns puts the patterns with the most letters of their own first, so that a general one does not win over a
// special one.
func (l *Language) sortPatterns() {
	weight := func(p pattern) (letters int) {
		for _, each := range p.english.parts {
			letters += len(each.written)
		}
		return letters
	}
	slices.SortFunc(l.patterns, func(a, b pattern) int {
		return cmp.Or(cmp.Compare(weight(b), weight(a)), strings.Compare(a.english.whole, b.english.whole))
	})
}

// match finds the values that make the template a message. A value has at least one letter; whole numbers become
// numbers.
func (t template) match(message string) ([]any, bool) {
	var values []any
	open := "" // the value that the next written part ends
	for _, p := range t.parts {
		if p.name != "" {
			open = p.name
			continue
		}
		if open == "" {
			rest, found := strings.CutPrefix(message, p.written)
			if !found {
				return nil, false
			}
			message = rest
			continue
		}
		value, rest, found := strings.Cut(message, p.written)
		if !found || value == "" {
			return nil, false
		}
		values, message, open = append(values, open, numeric(value)), rest, ""
	}
	if open != "" {
		return append(values, open, numeric(message)), message != ""
	}
	return values, message == ""
}

func numeric(value string) any {
	if n, err := strconv.Atoi(value); err == nil {
		return n
	}
	return value
}
