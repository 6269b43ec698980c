package mail

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// words is how a language writes times, and its translations of the phrases that values of emails consist of. The file
// words.txt has a line for each: the English phrase, " = " and its translation. ${name} in both stands for any text.
type words struct {
	time    string
	months  []string
	phrases []phrase
}

type phrase struct {
	english    *regexp.Regexp
	translated string
}

// wordsOf reads the file words.txt of a language.
func wordsOf(text string) words {
	var w words
	for line := range strings.Lines(text) {
		english, translated, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch english {
		case "":
		case "time":
			w.time = translated
		case "months":
			w.months = strings.Split(translated, ", ")
		default:
			w.phrases = append(w.phrases, phrase{english: pattern(english), translated: translated})
		}
	}
	return w
}

// pattern returns an expression that matches a phrase with any texts in place of its names.
func pattern(english string) *regexp.Regexp {
	open := regexp.QuoteMeta("${")
	text := strings.ReplaceAll(regexp.QuoteMeta(english), open, "(?P<")
	return regexp.MustCompile("^" + strings.ReplaceAll(text, regexp.QuoteMeta("}"), ">.+)") + "$")
}

// phrase translates a value. A value that is no known phrase is returned as it is.
func (w words) phrase(value string) string {
	for _, p := range w.phrases {
		if found := p.english.FindStringSubmatch(value); found != nil {
			return os.Expand(p.translated, func(name string) string { return found[p.english.SubexpIndex(name)] })
		}
	}
	return value
}

// inWords writes a time.
func (w words) inWords(at time.Time) string {
	at = at.UTC()
	filled, _ := fill(w.time, map[string]string{
		"day": strconv.Itoa(at.Day()), "month": w.months[at.Month()-1], "year": strconv.Itoa(at.Year()), "time": at.Format("15:04"),
	})
	return filled
}
