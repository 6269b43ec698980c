package locale

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Language is a language that the pages are shown in. It is safe for concurrent use.
type Language struct {
	tag      language.Tag
	name     string
	printer  *message.Printer
	texts    map[string]text
	messages map[string]text
	patterns []pattern
}

// Languages returns every language of the pages, English first.
func Languages() []*Language { return slices.Clone(loaded().languages) }

// Match returns the first language that the pages have: the one that the person chose, the best of their browser's
// Accept-Language header, the fallback of their org, or English.
func Match(chosen, acceptLanguage, fallback string) *Language {
	all := loaded()
	for _, wanted := range []string{chosen, acceptLanguage, fallback} {
		for _, tag := range acceptable(wanted) {
			if l := all.match(tag); l != nil {
				return l
			}
		}
	}
	return all.languages[0]
}

// Known reports whether one of the languages in a tag or an Accept-Language header is a language of the pages.
func Known(wanted string) bool {
	return slices.ContainsFunc(acceptable(wanted), func(tag string) bool { return loaded().match(tag) != nil })
}

// match returns the language with the tag, or one that its readers understand well: German for de-AT. It is nil if there
// is none.
func (c catalogue) match(tag string) *Language {
	for _, l := range c.languages {
		if strings.EqualFold(l.name, tag) {
			return l
		}
	}
	parsed, err := language.Parse(tag)
	if err != nil {
		return nil
	}
	if _, index, confidence := c.matcher.Match(parsed); confidence >= language.High {
		return c.languages[index]
	}
	return nil
}

// maxAccepted bounds the work for one header. Browsers send fewer languages.
const maxAccepted = 20

// acceptable returns the tags of an Accept-Language header (RFC 9110 §12.5.4), the preferred ones first. Parts that are
// malformed or not acceptable do not count.
func acceptable(header string) []string {
	type weighted struct {
		tag     string
		quality float64
	}
	var found []weighted
	for entry := range strings.SplitSeq(header, ",") {
		tag, parameter, weighed := strings.Cut(entry, ";")
		quality := 1.0
		if weighed {
			quality, _ = strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(parameter), "q="), 64)
		}
		if quality > 0 && len(found) < maxAccepted {
			found = append(found, weighted{tag: strings.TrimSpace(tag), quality: quality})
		}
	}
	slices.SortStableFunc(found, func(a, b weighted) int { return cmp.Compare(b.quality, a.quality) })
	tags := make([]string, len(found))
	for i, each := range found {
		tags[i] = each.tag
	}
	return tags
}

// Tag returns the language tag, such as en.
func (l *Language) Tag() string { return l.name }

// Name returns the name of the language in the language itself.
func (l *Language) Name() string { return l.Text("language.name") }

// Direction returns ltr or rtl.
func (l *Language) Direction() string { return l.Text("language.direction") }

// Text returns the text for a key. The values are pairs of a name and its value; the value "count" chooses the plural
// form. An unknown key is returned as it is.
func (l *Language) Text(key string, values ...any) string {
	found, known := l.texts[key]
	if !known {
		return key
	}
	return l.fill(l.choose(found, values), values)
}

// Has reports whether there is a text for the key.
func (l *Language) Has(key string) bool {
	_, known := l.texts[key]
	return known
}

type contextKey struct{}

// With returns a context that carries the language of a request.
func With(ctx context.Context, l *Language) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// From returns the language of a request, or English when none is set.
func From(ctx context.Context) *Language {
	if l, found := ctx.Value(contextKey{}).(*Language); found {
		return l
	}
	return loaded().languages[0]
}

// T returns a text in the language of a request.
func T(ctx context.Context, key string, values ...any) string { return From(ctx).Text(key, values...) }
