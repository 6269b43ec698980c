package zxcvbn

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The work of the estimator grows with the square of the length, times the number of ways in which symbols can be read as
// letters. These limits bound it.
const (
	maxLength   = 64 // characters that are examined
	mixedLength = 32 // the same if symbols can be read in more ways than maxReadings
	maxReadings = 32
	maxKnown    = 32 // words
)

// excerpt returns the beginning of text for the estimator: printable ASCII characters, and one byte for each other character.
// Equal characters get the same byte, so that repeats are found.
func excerpt(text string) string {
	letters := make([]byte, 0, maxLength)
	replaced := map[rune]byte{}
	for _, r := range norm.NFKD.String(firstBytes(text)) {
		if unicode.Is(unicode.Mn, r) {
			continue // an accent
		}
		if r < ' ' || r > '~' {
			if replaced[r] == 0 {
				replaced[r] = standIn(len(replaced))
			}
			r = rune(replaced[r])
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

// firstBytes returns enough of text to contain maxLength characters.
func firstBytes(text string) string {
	const most = 16 // bytes of a character with all its accents
	return strings.ToValidUTF8(text[:min(len(text), most*maxLength)], "\ufffd")
}

// standIn returns the byte for the nth character that is not ASCII, a control character. Consecutive ones are far apart, so
// that such characters in a row do not look like a sequence.
func standIn(n int) byte {
	const most = 18 // does not reach the newline
	return byte(1 + n%most/2 + n%2*16)
}

// lookalikes are the symbols that can each be read as one and the same letter.
var lookalikes = [...]string{"4@", "({[<", "69", "1!|", "1|7", "$5", "+7"}

// readings returns in how many ways the symbols of text can be read as letters.
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
