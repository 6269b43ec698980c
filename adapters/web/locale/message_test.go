package locale

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMessagesOfTheDomainAreTranslated(t *testing.T) {
	l := &Language{tag: german(t).tag, printer: german(t).printer, messages: map[string]text{}}
	for english, translated := range map[string]any{
		"It is wrong.":                 "Es ist falsch.",
		"{what} is wrong":              "{what} ist falsch",
		"the {what} is wrong":          "Das stimmt nicht: {what}",
		"has at least {count} letters": map[string]any{"one": "hat einen Buchstaben", "other": "hat mindestens {count} Buchstaben"},
		"must be harder: {advice}":     "muss schwerer sein: {advice}",
		"Avoid a.":                     "Vermeiden Sie a.",
		"Avoid b.":                     "Vermeiden Sie b.",
		"from {low} to {high}":         "zwischen {low} und {high}",
	} {
		parsed, err := parseText(translated)
		require.NoError(t, err)
		l.addMessage(english, parsed)
	}
	l.sortPatterns()
	for english, want := range map[string]string{
		"It is wrong.":                      "Es ist falsch.",
		"code is wrong":                     "code ist falsch",
		"the code is wrong":                 "Das stimmt nicht: code",
		"has at least 1 letters":            "hat einen Buchstaben",
		"has at least 1200 letters":         "hat mindestens 1.200 Buchstaben",
		"from 1 to 2":                       "zwischen 1 und 2",
		"from b. Avoid a. to 2":             "zwischen b. Vermeiden Sie a. und 2",
		"from 1 to ":                        "from 1 to ",
		"from  to 2":                        "from  to 2",
		" is wrong":                         " is wrong",
		"code is wrong again":               "code is wrong again",
		"unknown":                           "unknown",
		"Avoid b. Avoid a.":                 "Vermeiden Sie b. Vermeiden Sie a.",
		"Avoid b. Avoid c.":                 "Vermeiden Sie b. Avoid c.",
		"Avoid c. Avoid a.":                 "Avoid c. Vermeiden Sie a.",
		"must be harder: Avoid a.":          "muss schwerer sein: Vermeiden Sie a.",
		"must be harder: Avoid a. Avoid b.": "muss schwerer sein: Vermeiden Sie a. Vermeiden Sie b.",
		"":                                  "",
	} {
		require.Equal(t, want, l.Message(english))
	}
}
