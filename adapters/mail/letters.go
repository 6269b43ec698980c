package mail

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"strings"
	texttemplate "text/template"

	"github.com/sole-platform/sole/application/port"
)

//go:embed letters/*.tmpl
var letterFiles embed.FS

// letters are the texts by language. Of each the first line is the subject; paragraphs are
// set apart by empty lines, and the HTML form is made of the same text.
var letters = map[string]*texttemplate.Template{
	fallback: texttemplate.Must(texttemplate.New(fallback).Option("missingkey=zero").ParseFS(letterFiles, "letters/en.tmpl")),
}

// fallback is the language for those that have no text of their own.
const fallback = "en"

var page = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en"><body style="font-family:sans-serif;line-height:1.5;max-width:36em;margin:2em auto;padding:0 1em">
{{range .}}{{if .Link}}<p><a href="{{.Link}}">{{.Link}}</a></p>
{{else}}<p>{{range $i, $line := .Lines}}{{if $i}}<br>{{end}}{{$line}}{{end}}</p>
{{end}}{{end}}</body></html>
`))

// paragraph is some lines of text, or a link that stands alone.
type paragraph struct {
	Lines []string
	Link  string
}

// letter is a mail in both forms.
type letter struct{ subject, text, html string }

// write sets the mail's facts into the text of its language.
func write(mail port.Mail) (letter, error) {
	language, _, _ := strings.Cut(strings.ToLower(mail.Locale), "-")
	texts, found := letters[language]
	if !found {
		texts = letters[fallback]
	}
	link := mail.Link.Reveal()
	var filled bytes.Buffer
	facts := struct {
		port.Mail
		Link string
	}{mail, link}
	facts.Name, facts.OrgName = oneLine(mail.Name), oneLine(mail.OrgName)
	if err := texts.ExecuteTemplate(&filled, string(mail.Kind), facts); err != nil {
		return letter{}, fmt.Errorf("mail: write %s: %w", mail.Kind, errText)
	}
	subject, text, _ := strings.Cut(strings.TrimSpace(filled.String()), "\n")
	text = strings.TrimSpace(text) + "\n"
	var html bytes.Buffer
	if err := page.Execute(&html, paragraphs(text, link)); err != nil {
		return letter{}, fmt.Errorf("mail: write %s: %w", mail.Kind, errText)
	}
	return letter{oneLine(subject), text, html.String()}, nil
}

var errText = errors.New("its text cannot be filled in") // the cause may quote the link

func paragraphs(text, link string) []paragraph {
	var all []paragraph
	for _, part := range strings.Split(text, "\n\n") {
		lines := strings.Split(strings.TrimSpace(part), "\n")
		if len(lines) == 1 && lines[0] == link && link != "" {
			all = append(all, paragraph{Link: link})
			continue
		}
		all = append(all, paragraph{Lines: lines})
	}
	return all
}

// oneLine keeps a name from adding lines of its own to a letter, or a header to a mail.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 }), " ")
}
