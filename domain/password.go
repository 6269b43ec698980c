package domain

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of a new password. Input of more than MaxPasswordBytes bytes is refused before it is hashed or
// judged. No setting allows fewer than MinPasswordLength characters.
const (
	MaxPasswordBytes  = 1024
	MinPasswordLength = 8
)

// productName is a likely choice for a password of this service.
const productName = "sole"

// PasswordFaults returns what is wrong with a new password and what to do about it, or nil. The rules follow
// NIST SP 800-63B-4 §3.1.1.2: a password must have a minimum length in characters, and must not consist mainly
// of words that an attacker tries first. There are no rules about kinds of characters.
func PasswordFaults(password Secret, minLength int, user User, org Org) []string {
	text := password.Reveal()
	switch {
	case len(text) > MaxPasswordBytes:
		return []string{fmt.Sprintf("must have at most %d bytes: shorten it", MaxPasswordBytes)}
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return []string{"must be text without NUL: type it on a keyboard"}
	}
	var faults []string
	if minLength = max(minLength, MinPasswordLength); utf8.RuneCountInString(text) < minLength {
		faults = append(faults, fmt.Sprintf("must have at least %d characters: several words together are easy to remember", minLength))
	}
	for _, name := range mainlyMadeOf(strings.ToLower(text), contextWords(user, org)) {
		faults = append(faults, "must not consist mainly of "+name+": add words that have nothing to do with it")
	}
	return faults
}

// PasswordContext returns the words about the account that an attacker tries first.
func PasswordContext(user User, org Org) []string {
	words := []string{productName}
	for _, w := range contextWords(user, org) {
		words = append(words, w.text)
	}
	return words
}

// RefusePassword returns ErrWeakPassword with every fault of a new password.
func RefusePassword(faults []string) *Error {
	fields := make([]FieldError, len(faults))
	for i, fault := range faults {
		fields[i] = FieldError{Field: "new_password", Message: fault}
	}
	return ErrWeakPassword.In(fields...)
}

// contextWord is a word about the account, in lower case, and a description of it.
type contextWord struct{ text, name string }

// contextWords lists the words of at least four characters, every whole name before any part of one.
func contextWords(user User, org Org) (words []contextWord) {
	const address, person, organisation = "the account's email address", "the person's name", "the organisation's name"
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

// mainlyMadeOf returns the descriptions of the words that make up half of the password or more. The name of
// the product is too short for this: it counts when the password has no other letters.
func mainlyMadeOf(password string, words []contextWord) (names []string) {
	const gap = "\x00" // keeps the remaining parts from forming new words
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

// onlyWord reports whether all letters of text belong to word, which may be repeated.
func onlyWord(text, word string) bool {
	found := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	return len(found) > 0 && !slices.ContainsFunc(found, func(other string) bool { return other != word })
}
