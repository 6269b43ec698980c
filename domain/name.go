package domain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// parseName trims and checks a display name: 1 to 200 visible characters.
func parseName(location, raw string) (string, error) {
	name := strings.TrimSpace(raw)
	if name == "" || utf8.RuneCountInString(name) > 200 || !isLegible(name) {
		return "", Invalid(location, "must be 1 to 200 characters, none of them control, invisible or text-direction characters")
	}
	return name, nil
}

// isLegible reports whether text has no hidden characters, so that texts that look the same are
// the same, and no characters that change the order in which text is displayed.
func isLegible(text string) bool { return legible(text) == text }

// legible removes characters that are invisible or change the display order of text.
func legible(text string) string {
	runes := []rune(text)
	kept := make([]rune, 0, len(runes))
	for i := range runes {
		if !isUnseen(runes, i) {
			kept = append(kept, runes[i])
		}
	}
	return string(kept)
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
	blankBraille       = '\u2800'
)

// isUnseen reports whether a character is invisible: control and format characters, private
// use, line separators, and the characters that Unicode lists as ignorable by default. Joiners
// and variation selectors are invisible where they do not change the characters beside them.
func isUnseen(text []rune, at int) bool {
	switch r := text[at]; {
	case r == zeroWidthJoiner || r == zeroWidthNonJoiner:
		return !isJoinerInPlace(text, at)
	case unicode.Is(unicode.Variation_Selector, r):
		return at == 0 || !unicode.IsSymbol(text[at-1]) && !unicode.In(text[at-1], unicode.Han, unicode.Mongolian)
	default:
		return isControl(r) || r == blankBraille || unicode.In(r, unicode.C, unicode.Zl, unicode.Zp,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point)
	}
}

// joinedScripts are the scripts that are not spelled correctly without joiners (Unicode Standard
// Annex #31, section 2.3), such as Persian, Hindi and Malayalam names.
var joinedScripts = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati,
	unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala,
}

// isJoinerInPlace reports whether a joiner stands between two letters of a script that needs it,
// follows a mark of such a script, or combines two emoji into one (U+200D only).
func isJoinerInPlace(text []rune, at int) bool {
	if at == 0 {
		return false
	}
	before, after := text[at-1], ' '
	if at+1 < len(text) {
		after = text[at+1]
	}
	for _, script := range joinedScripts {
		if unicode.Is(script, before) {
			return unicode.IsMark(before) || unicode.Is(script, after)
		}
	}
	picture := unicode.IsSymbol(before) || unicode.Is(unicode.Variation_Selector, before)
	return text[at] == zeroWidthJoiner && picture && unicode.IsSymbol(after)
}

// isSearchable reports whether text is allowed as a search term.
func isSearchable(text string) bool {
	return utf8.RuneCountInString(text) <= 200 && !strings.ContainsFunc(text, isControl)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }
