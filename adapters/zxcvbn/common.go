package zxcvbn

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

//go:embed common.txt.gz
var packed []byte // NOTICE.md says where it comes from

// list is sorted by byte.
var list = sync.OnceValue(unpack)

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

// What common strikes off the end before it looks again.
const (
	maxDecoration = 4   // characters
	maxBytes      = 512 // of a password that can be common at all
)

// common tells whether the password is on the list: in whatever letter case and encoding,
// and also when it is one of the list with a few digits or symbols at its end.
func common(password string) bool {
	if len(password) > maxBytes {
		return false
	}
	word := strings.ToLower(norm.NFKC.String(password))
	for range maxDecoration + 1 {
		if _, found := slices.BinarySearch(list(), word); found {
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
