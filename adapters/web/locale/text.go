package locale

import (
	"fmt"
	"strings"

	"golang.org/x/text/feature/plural"
)

// text is one entry of the catalogue: a text for any number, and other texts for some plural forms.
type text struct {
	other template
	forms map[plural.Form]template
}

// template is a text, and the same text in parts where it has names of values.
type template struct {
	whole string
	parts []part
}

// part is either written as it is or the name of a value.
type part struct {
	written string
	name    string
}

// pluralForms are the names of the plural forms in the files.
var pluralForms = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// parseText reads the JSON value of an entry.
func parseText(value any) (text, error) {
	switch v := value.(type) {
	case string:
		return text{other: parseTemplate(v)}, nil
	case map[string]any:
		return parseForms(v)
	}
	return text{}, fmt.Errorf("want a string or an object with plural forms, got %T", value)
}

func parseForms(forms map[string]any) (text, error) {
	parsed := text{forms: map[plural.Form]template{}}
	for name, value := range forms {
		form, known := pluralForms[name]
		written, isString := value.(string)
		if !known || !isString {
			return text{}, fmt.Errorf("%q is no plural form with a text", name)
		}
		parsed.forms[form] = parseTemplate(written)
	}
	other, complete := parsed.forms[plural.Other]
	if !complete {
		return text{}, fmt.Errorf(`the plural form "other" is missing`)
	}
	parsed.other = other
	return parsed, nil
}

func parseTemplate(whole string) template {
	parsed := template{whole: whole}
	rest := whole
	for {
		before, after, opens := strings.Cut(rest, "{")
		name, behind, closes := strings.Cut(after, "}")
		if !opens || !closes {
			if parsed.parts != nil && rest != "" {
				parsed.parts = append(parsed.parts, part{written: rest})
			}
			return parsed
		}
		if before != "" {
			parsed.parts = append(parsed.parts, part{written: before})
		}
		parsed.parts = append(parsed.parts, part{name: name})
		rest = behind
	}
}

// fill returns the text with its values. A name without a value remains as it is written in the file.
func (l *Language) fill(t template, values []any) string {
	if t.parts == nil || len(values) == 0 {
		return t.whole
	}
	var filled strings.Builder
	for _, p := range t.parts {
		if p.name == "" {
			filled.WriteString(p.written)
			continue
		}
		if value, given := valueOf(p.name, values); given {
			filled.WriteString(l.write(value))
		} else {
			filled.WriteString("{" + p.name + "}")
		}
	}
	return filled.String()
}

// write returns a value as the language writes it.
func (l *Language) write(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int:
		return l.Number(v)
	case int64:
		return l.printer.Sprint(v)
	}
	return fmt.Sprint(value)
}

// valueOf finds a value among pairs of name and value.
func valueOf(name string, pairs []any) (any, bool) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == name {
			return pairs[i+1], true
		}
	}
	return nil, false
}

// choose returns the plural form for the value "count".
func (l *Language) choose(t text, values []any) template {
	if t.forms == nil {
		return t.other
	}
	var count int
	switch value, _ := valueOf("count", values); v := value.(type) {
	case int:
		count = v
	case int64:
		count = int(v)
	default:
		return t.other
	}
	if form, found := t.forms[l.pluralForm(count)]; found {
		return form
	}
	return t.other
}

func (l *Language) pluralForm(count int) plural.Form {
	return plural.Cardinal.MatchPlural(l.tag, max(count, -count), 0, 0, 0, 0)
}
