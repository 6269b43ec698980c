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

// Message returns a message of the domain, which is English, in this language, in words for people. Of a message that is
// not in the catalogue it translates the sentences that are.
func (l *Language) Message(english string) string {
	if translated, known := l.translate(english); known {
		return translated
	}
	sentences := strings.Split(english, ". ")
	last := len(sentences) - 1
	for i, sentence := range sentences[:last] {
		sentences[i] = l.sentence(sentence + ".")
	}
	if last > 0 {
		sentences[last] = l.sentence(sentences[last])
	}
	return strings.Join(sentences, " ")
}

func (l *Language) sentence(english string) string {
	if translated, known := l.translate(english); known {
		return translated
	}
	return english
}

// translate returns the entry for a message. Values in the message can be messages, too.
func (l *Language) translate(english string) (string, bool) {
	if found, known := l.messages[english]; known {
		return l.fill(l.choose(found, nil), nil), true
	}
	for _, p := range l.patterns {
		values, matches := p.english.match(english)
		if !matches {
			continue
		}
		for i := 1; i < len(values); i += 2 {
			if value, isText := values[i].(string); isText {
				values[i] = l.Message(value)
			}
		}
		return l.fill(l.choose(p.text, values), values), true
	}
	return "", false
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
