package zxcvbn

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

//go:embed common.txt.gz
var packed []byte // NOTICE.md names its source

// unpack returns the common passwords, sorted by bytes.
func unpack() []string {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err) // the binary is damaged
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		panic(err)
	}
	return strings.Split(string(text), "\n")
}

// What isCommon removes from the end of a password before it searches again.
const (
	maxDecoration = 4   // characters
	maxBytes      = 512 // of the longest password that can be on the list
)

// isCommon reports whether the password is on the sorted list, in any letter case and Unicode representation, also with a few
// digits or symbols added at its end.
func isCommon(password string, list []string) bool {
	if len(password) > maxBytes {
		return false
	}
	word := strings.ToLower(norm.NFKC.String(password))
	for range maxDecoration + 1 {
		if _, found := slices.BinarySearch(list, word); found {
			return true
		}
		last, size := utf8.DecodeLastRuneInString(word)
		if size == 0 || unicode.IsLetter(last) {
			return false
		}
		word = word[:len(word)-size]
	}
	return false
}
