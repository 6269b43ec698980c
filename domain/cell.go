package domain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// formulaStarts are the characters with which a formula of a spreadsheet starts, and the
// full-width and similar forms that spreadsheets accept in their place.
const formulaStarts = "=+-@＝＋－＠﹦﹢﹣﹫−"

// GuardCell returns text for one field of a CSV file so that no spreadsheet finds a formula in it,
// whichever separator it uses. It writes an apostrophe before each formula start at the beginning
// of the text or after a semicolon, a bar, a tab or a line break, with or without blanks and
// quotation marks between. UnguardCell reverses it.
func GuardCell(text string) string {
	return editFormulas(text, func(b *strings.Builder, apostrophes int) { b.WriteString(strings.Repeat("'", apostrophes+1)) })
}

// UnguardCell returns the text that GuardCell was given. It removes one apostrophe wherever
// GuardCell writes one, even one that somebody typed.
func UnguardCell(text string) string {
	return editFormulas(text, func(b *strings.Builder, apostrophes int) { b.WriteString(strings.Repeat("'", max(0, apostrophes-1))) })
}

// editFormulas copies text. Before each formula start that could begin a cell it calls edit, with
// the number of apostrophes that text has there, to write them.
func editFormulas(text string, edit func(b *strings.Builder, apostrophes int)) string {
	if !strings.ContainsAny(text, formulaStarts) {
		return text
	}
	var b strings.Builder
	begins, apostrophes := true, 0 // whether a cell could begin here, and the apostrophes just before
	flush := func() {
		b.WriteString(strings.Repeat("'", apostrophes))
		apostrophes = 0
	}
	for rest := text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		char := rest[:size]
		rest = rest[size:]
		switch {
		case begins && r == '\'':
			apostrophes++
			continue
		case begins && strings.ContainsRune(formulaStarts, r):
			edit(&b, apostrophes)
			begins, apostrophes = false, 0
		case separatesCells(r):
			flush()
			begins = true
		case apostrophes > 0 || !precedesCell(r):
			flush()
			begins = false
		}
		b.WriteString(char)
	}
	flush()
	return b.String()
}

// separatesCells reports whether some spreadsheet starts a new cell after r. A comma does not
// count, because the field is quoted.
func separatesCells(r rune) bool {
	return r == ';' || r == '|' || unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp)
}

// precedesCell reports whether a spreadsheet may ignore r at the beginning of a cell.
func precedesCell(r rune) bool {
	return r == '"' || unicode.IsSpace(r) || unicode.In(r, unicode.Cf)
}
