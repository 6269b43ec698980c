package zxcvbn

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The estimator's work grows with the square of the length, times the ways in which
// symbols can be read as letters. These bound it.
const (
	maxLength   = 64 // characters looked at
	mixedLength = 32 // the same where symbols can be read in more ways than maxReadings
	maxReadings = 32
	maxKnown    = 32 // words
)

// excerpt is the beginning of text as the estimator gets it: printable ASCII, and one byte
// for any other character, the same one for the same character, so that it sees repeats.
func excerpt(text string) string {
	letters := make([]byte, 0, maxLength)
	strangers := map[rune]byte{}
	for _, r := range norm.NFKD.String(firstBytes(text)) {
		if unicode.Is(unicode.Mn, r) {
			continue // an accent
		}
		if r < ' ' || r > '~' {
			if strangers[r] == 0 {
				strangers[r] = standIn(len(strangers))
			}
			r = rune(strangers[r])
		}
		if letters = append(letters, byte(r)); len(letters) == maxLength {
			break
		}
	}
	if len(letters) > mixedLength && readings(string(letters)) > maxReadings {
		letters = letters[:mixedLength]
	}
	return string(letters)
}

func excerpts(known []string) []string {
	words := make([]string, min(len(known), maxKnown))
	for i := range words {
		words[i] = excerpt(known[i])
	}
	return words
}

// firstBytes is enough of text to have maxLength characters in it.
func firstBytes(text string) string {
	const most = 16 // bytes of a character with all its accents
	return strings.ToValidUTF8(text[:min(len(text), most*maxLength)], "\ufffd")
}

// standIn is the byte for the nth strange character, a control character. Neighbours are
// far from each other, so that strange characters in a row do not look like a sequence.
func standIn(n int) byte {
	const most = 18 // keeps clear of the newline
	return byte(1 + n%most/2 + n%2*16)
}

// lookalikes are the symbols that can each be read as one and the same letter.
var lookalikes = [...]string{"4@", "({[<", "69", "1!|", "1|7", "$5", "+7"}

// readings is in how many ways the symbols of text can be read as letters.
func readings(text string) int {
	ways := 1
	for _, symbols := range lookalikes {
		present := 0
		for _, symbol := range symbols {
			if strings.ContainsRune(text, symbol) {
				present++
			}
		}
		ways *= max(present, 1)
	}
	return ways
}
