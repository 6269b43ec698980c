package domain

import "strings"

// isLocale reports whether tag is a language tag of the usual form (BCP 47): subtags of up to
// eight letters or digits, the first of two or three letters.
func isLocale(tag string) bool {
	subtags := strings.Split(tag, "-")
	for i, subtag := range subtags {
		if len(subtag) == 0 || len(subtag) > 8 || i == 0 && (len(subtag) < 2 || len(subtag) > 3) {
			return false
		}
		for _, c := range []byte(subtag) {
			if !isAlphanumeric(c) || i == 0 && c <= '9' {
				return false
			}
		}
	}
	return true
}
