package page

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInitialsAreThoseOfTheFirstAndTheLastWord(t *testing.T) {
	for name, want := range map[string]string{
		"Ada Lovelace":             "AL",
		"ada":                      "A",
		"Jean-Luc  van der Berg":   "JB",
		"ada.lovelace@example.org": "AL",
		"Ünal Öz":                  "ÜÖ",
		"李小龙":                      "李",
		"  ":                       "?",
		"<script>":                 "S",
	} {
		require.Equal(t, want, Initials(name), name)
	}
}
