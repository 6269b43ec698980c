package domain

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxPasswordBytes bounds what is ever hashed; longer input is refused before any work.
const MaxPasswordBytes = 1024

// CheckPassword applies the rules for a new password (NIST SP 800-63B-4 §3.1.1.2):
// a minimum length in characters, no composition rules, and none of the words an
// attacker tries first: the address, the person's name, the org's name and slug.
func CheckPassword(password Secret, minLength int, user User, org Org) error {
	text := password.Reveal()
	switch length := utf8.RuneCountInString(text); {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return Invalid("body.new_password", "must be text without NUL")
	case len(text) > MaxPasswordBytes:
		return Invalid("body.new_password", fmt.Sprintf("must be at most %d bytes", MaxPasswordBytes))
	case length < minLength:
		return Invalid("body.new_password", fmt.Sprintf("must be at least %d characters", minLength))
	case containsContextWord(text, user, org):
		return Invalid("body.new_password", "must not contain the address, the name or the org")
	}
	return nil
}

// containsContextWord finds a word of at least four letters that makes up most of the password.
func containsContextWord(password string, user User, org Org) bool {
	local, _, _ := strings.Cut(user.Email.Key(), "@")
	words := append([]string{user.Email.Key(), local, user.FullName, org.Name, string(org.Slug)}, strings.Fields(user.FullName)...)
	lower := strings.ToLower(password)
	for _, word := range words {
		word = strings.ToLower(word)
		if len(word) >= 4 && strings.Contains(lower, word) && 2*len(word) >= len(lower) {
			return true
		}
	}
	return false
}
