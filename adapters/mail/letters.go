package mail

import (
	"embed"
	"errors"
	"fmt"
	"html"
	"os"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
)

// letterFiles are the texts: a folder per language, a file per kind of letter. The first line
// is the subject, paragraphs are set apart by empty lines, ${...} stands for a fact. In
// where.txt, which is ${where} elsewhere, a line without its fact is left out.
//
//go:embed letters
var letterFiles embed.FS

// fallback is the language for those that have no text of their own.
const fallback = "en"

// letter is a mail in both forms.
type letter struct{ subject, text, html string }

// write sets the mail's facts into the text of its language. It does without text/template:
// that calls methods by their names, and so every method of every library stays in the binary.
func write(mail port.Mail) (letter, error) {
	language, _, _ := strings.Cut(strings.ToLower(mail.Locale), "-")
	if _, err := letterFiles.ReadFile("letters/" + language + "/where.txt"); err != nil {
		language = fallback
	}
	where, errWhere := letterFiles.ReadFile("letters/" + language + "/where.txt")
	text, errText := letterFiles.ReadFile("letters/" + language + "/" + string(mail.Kind) + ".txt")
	if errWhere != nil || errText != nil {
		return letter{}, fmt.Errorf("mail: write %s: %w", mail.Kind, errNoText)
	}
	known := facts(mail)
	for line := range strings.Lines(string(where)) {
		if filled, whole := fill(line, known); whole {
			known["where"] += filled
		}
	}
	known["where"] = strings.TrimSpace(known["where"])
	filled, _ := fill(string(text), known)
	subject, body, _ := strings.Cut(filled, "\n")
	body = strings.TrimSpace(body) + "\n"
	return letter{oneLine(subject), body, page(language, body, known["link"])}, nil
}

var errNoText = errors.New("there is no text for this kind of letter")

// facts are what a text may name. A name brings the space before it, so that "Hello${name},"
// reads well without one.
func facts(mail port.Mail) map[string]string {
	known := map[string]string{
		"org": mail.OrgName, "when": inWords(mail.At), "expires": inWords(mail.Expires),
		"address": mail.Address, "browser": mail.Browser,
		"device": mail.Details["device"], "change": mail.Details["change"], "wrong": mail.Details["wrong"],
		"link": mail.Link.Reveal(),
	}
	for name, fact := range known {
		known[name] = oneLine(fact)
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

func inWords(at time.Time) string { return at.UTC().Format("2 January 2006, 15:04 UTC") }

// fill puts facts into a text, and tells whether it had each that the text names. What
// nobody knows stays as it is written.
func fill(text string, facts map[string]string) (filled string, whole bool) {
	whole = true
	filled = os.Expand(text, func(name string) string {
		fact, known := facts[name]
		if !known {
			fact = "${" + name + "}"
		}
		whole = whole && known && fact != ""
		return fact
	})
	return filled, whole
}

// page is the text as HTML; the link, where it stands alone, can be followed.
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

// oneLine keeps a fact from adding lines of its own to a letter, or a header to a mail.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 }), " ")
}
