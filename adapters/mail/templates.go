package mail

import (
	"embed"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"os"
	"strings"

	"github.com/sole-platform/sole/application/port"
)

// templates has a folder per language with a file per kind of email. The first line of a file is the subject. Empty
// lines separate paragraphs, and ${name} is replaced by the value of that name. where.txt is inserted for ${where}; its
// lines whose value is empty are left out. words.txt says how the language writes times and the phrases in values.
//
//go:embed texts
var templates embed.FS

// fallback is the language of emails in a locale that has no templates.
const fallback = "en"

// message is an email in both of its forms.
type message struct{ subject, text, html string }

// write fills in the template of the mail's kind and language. It does not use text/template, which calls methods by
// name and so makes the linker keep every method of every library.
func write(mail port.Mail) (message, error) {
	language := languageOf(mail.Locale)
	where, errWhere := templates.ReadFile("texts/" + language + "/where.txt")
	phrases, errWords := templates.ReadFile("texts/" + language + "/words.txt")
	text, errText := templates.ReadFile("texts/" + language + "/" + string(mail.Kind) + ".txt")
	if errWhere != nil || errWords != nil || errText != nil {
		return message{}, fmt.Errorf("mail: write %s: %w", mail.Kind, errNoTemplate)
	}
	known := valuesOf(mail, wordsOf(string(phrases)))
	for line := range strings.Lines(string(where)) {
		if filled, whole := fill(line, known); whole {
			known["where"] += filled
		}
	}
	known["where"] = strings.TrimSpace(known["where"])
	filled, _ := fill(string(text), known)
	subject, body, _ := strings.Cut(filled, "\n")
	body = strings.TrimSpace(body) + "\n"
	return message{subject: oneLine(subject), text: body, html: page(language, body, known["link"])}, nil
}

var errNoTemplate = errors.New("this kind of email has no template")

// languageOf returns the language of emails in a locale: the locale itself, otherwise its language without the region.
func languageOf(locale string) string {
	base, _, _ := strings.Cut(locale, "-")
	folders, _ := fs.ReadDir(templates, "texts")
	for _, tag := range []string{locale, base} {
		for _, folder := range folders {
			if strings.EqualFold(folder.Name(), tag) {
				return folder.Name()
			}
		}
	}
	return fallback
}

// valuesOf returns the values that a template can name. The value of "name" starts with a space, so that
// "Hello${name}," reads well without a name.
func valuesOf(mail port.Mail, w words) map[string]string {
	known := map[string]string{
		"org": mail.OrgName, "when": w.inWords(mail.At), "expires": w.inWords(mail.Expires),
		"address": mail.Address, "browser": w.phrase(mail.Browser), "link": mail.Link.Reveal(),
	}
	for _, name := range []string{"device", "change", "wrong", "passkey"} {
		known[name] = w.phrase(mail.Details[name])
	}
	for name, value := range known {
		known[name] = oneLine(value)
	}
	if name := oneLine(mail.Name); name != "" {
		known["name"] = " " + name
	} else {
		known["name"] = ""
	}
	lines := make([]string, 0, len(mail.Orgs))
	for _, org := range mail.Orgs {
		lines = append(lines, oneLine("- "+org.Name+" ("+string(org.Slug)+")"))
	}
	known["orgs"] = strings.Join(lines, "\n")
	return known
}

// fill replaces the names in a template by their values. whole reports whether all of these values are there and not
// empty. An unknown name is left as it is.
func fill(text string, values map[string]string) (filled string, whole bool) {
	whole = true
	filled = os.Expand(text, func(name string) string {
		value, known := values[name]
		if !known {
			value = "${" + name + "}"
		}
		whole = whole && known && value != ""
		return value
	})
	return filled, whole
}

// page returns the text as HTML. A paragraph that is the link becomes a hyperlink.
func page(language, text, link string) string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html>
<html lang="` + language + `"><body style="font-family:sans-serif;line-height:1.5;max-width:36em;margin:2em auto;padding:0 1em">
`)
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		paragraph := strings.ReplaceAll(html.EscapeString(part), "\n", "<br>")
		if part == link {
			paragraph = `<a href="` + paragraph + `">` + paragraph + "</a>"
		}
		b.WriteString("<p>" + paragraph + "</p>\n")
	}
	b.WriteString("</body></html>\n")
	return b.String()
}

// oneLine replaces line breaks and control characters by spaces, so that a value can add neither lines nor headers.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 }), " ")
}
