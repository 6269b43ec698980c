package locale

import (
	"cmp"
	"context"
	"slices"
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
	for _, tags := range [][]language.Tag{acceptable(chosen), acceptable(acceptLanguage), acceptable(fallback)} {
		for _, tag := range tags {
			if _, index, confidence := all.matcher.Match(tag); confidence >= language.High {
				return all.languages[index]
			}
		}
	}
	return all.languages[0]
}

// maxAccepted bounds the work for one header. Browsers send fewer languages.
const maxAccepted = 20

// acceptable returns the languages of an Accept-Language header, the preferred ones first. Parts that are malformed do
// not count.
func acceptable(header string) []language.Tag {
	type weighted struct {
		tag     language.Tag
		quality float32
	}
	var found []weighted
	for _, entry := range strings.SplitN(header, ",", maxAccepted+1)[:min(maxAccepted, strings.Count(header, ",")+1)] {
		if tags, qualities, err := language.ParseAcceptLanguage(strings.TrimSpace(entry)); err == nil && len(tags) == 1 {
			found = append(found, weighted{tag: tags[0], quality: qualities[0]})
		}
	}
	slices.SortStableFunc(found, func(a, b weighted) int { return cmp.Compare(b.quality, a.quality) })
	tags := make([]language.Tag, len(found))
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
