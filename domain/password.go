package domain

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a new password. MaxPasswordBytes is what is ever hashed or judged; longer
// input is refused before any work. No setting goes below MinPasswordLength characters.
const (
	MaxPasswordBytes  = 1024
	MinPasswordLength = 8
)

// productName is what somebody in a hurry picks for a password of this service.
const productName = "sole"

// PasswordFaults says what the rules for a new password (NIST SP 800-63B-4 §3.1.1.2) have
// against it, each with what to do; nothing when they let it pass. They want a length, in
// characters, and that the words an attacker tries first do not make up most of it. There
// are no rules of composition.
func PasswordFaults(password Secret, minLength int, user User, org Org) []string {
	text := password.Reveal()
	switch {
	case len(text) > MaxPasswordBytes:
		return []string{fmt.Sprintf("must be at most %d bytes: shorten it", MaxPasswordBytes)}
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return []string{"must be text without NUL: type it on a keyboard"}
	}
	var faults []string
	if minLength = max(minLength, MinPasswordLength); utf8.RuneCountInString(text) < minLength {
		faults = append(faults, fmt.Sprintf("must be at least %d characters: several words together are easy to remember", minLength))
	}
	for _, name := range mainlyMadeOf(strings.ToLower(text), contextWords(user, org)) {
		faults = append(faults, "must not consist mainly of "+name+": add words that have nothing to do with it")
	}
	return faults
}

// PasswordContext is what an attacker knows of the account and tries first.
func PasswordContext(user User, org Org) []string {
	words := []string{productName}
	for _, w := range contextWords(user, org) {
		words = append(words, w.text)
	}
	return words
}

// RefusePassword is the failure that lists every fault of a new password.
func RefusePassword(faults []string) *Error {
	failure := &Error{Code: CodeInvalid, Message: "This password cannot be used: choose another."}
	for _, fault := range faults {
		failure.Fields = append(failure.Fields, FieldError{"body.new_password", fault})
	}
	return failure
}

// contextWord is a word that belongs to the account, in lower case, and what it is.
type contextWord struct{ text, name string }

// contextWords lists those of at least four characters, every whole before any part.
func contextWords(user User, org Org) (words []contextWord) {
	const address, person, organisation = "the account's e-mail address", "the person's name", "the organisation's name"
	add := func(name string, texts ...string) {
		for _, text := range texts {
			if utf8.RuneCountInString(text) >= 4 {
				words = append(words, contextWord{strings.ToLower(text), name})
			}
		}
	}
	local, _, _ := strings.Cut(user.Email.Key(), "@")
	add(address, user.Email.Key(), local)
	add(person, user.FullName)
	add(organisation, org.Name)
	add("the organisation's short name", string(org.Slug))
	add(person, wordsOf(user.FullName)...)
	add(organisation, wordsOf(org.Name)...)
	add(address, wordsOf(local)...)
	return words
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// mainlyMadeOf strikes the words out of the password and names them when that takes half
// of it or more. The product's name is too short for this: it counts when there are no
// other letters.
func mainlyMadeOf(password string, words []contextWord) (names []string) {
	const gap = "\x00" // keeps what is left from joining to new words
	rest := password
	for _, word := range words {
		shorter := strings.ReplaceAll(rest, word.text, gap)
		if shorter != rest && !slices.Contains(names, word.name) {
			names = append(names, word.name)
		}
		rest = shorter
	}
	left := utf8.RuneCountInString(strings.ReplaceAll(rest, gap, ""))
	if len(names) > 0 && 2*left <= utf8.RuneCountInString(password) {
		return names
	}
	if onlyWord(password, productName) {
		return []string{"this service's name"}
	}
	return nil
}

// onlyWord tells whether word, once or more, is all the letters of text.
func onlyWord(text, word string) bool {
	found := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	return len(found) > 0 && !slices.ContainsFunc(found, func(other string) bool { return other != word })
}
