package domain

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// Member is an account as its org's administrators see it.
type Member struct {
	User
	Roles      []Role
	EnrolledAt time.Time // of the authenticator; zero without one
}

// Erasure is an order to take what tells of a removed account out of what is left of it.
type Erasure struct {
	User   UserID
	By     UserID
	Origin Origin // of the request that ordered it
}

// Standing is what an administrator is told of the account's status: StatusInvited until
// its owner has set a password.
func (u User) Standing() Status {
	if u.Invited() {
		return StatusInvited
	}
	return u.Status
}

// Invited tells whether the account waits for its owner to set the first password.
func (u User) Invited() bool { return u.Active() && u.Password == "" }

// MemberFilter says which accounts a list is about; what is empty filters nothing.
type MemberFilter struct {
	Text   string // each word of it begins a word of the name or the address
	Status Status
	Role   RoleID
}

// Check refuses what no account could match.
func (f MemberFilter) Check() error {
	switch {
	case !isSearchable(f.Text):
		return Invalid("query.q", "must be at most 200 characters without control characters")
	case f.Text != "" && len(SearchWords(f.Text)) == 0:
		return Invalid("query.q", "must contain a letter or a digit")
	case f.Status != "" && f.Status != StatusActive && f.Status != StatusSuspended && f.Status != StatusInvited:
		return Invalid("query.status", "must be active, suspended or invited")
	}
	return nil
}

// MemberPlace is where an account stands in a list: by the word that was found, where one
// was looked for, then by id. The zero place is before all.
type MemberPlace struct {
	Word string
	ID   UserID
}

const (
	maxSearchWords = 24
	maxWordLength  = 40 // characters; what is longer is found by its beginning
)

// SearchWords is what a text is found by: its words in lower case, each once, in order.
func SearchWords(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	for i, word := range words {
		if letters := []rune(word); len(letters) > maxWordLength {
			words[i] = string(letters[:maxWordLength])
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	return words[:min(len(words), maxSearchWords)]
}

// SearchWords is what the account is found by.
func (u User) SearchWords() []string { return SearchWords(u.FullName + " " + string(u.Email)) }

// Readdress gives the account another address.
func (u *User) Readdress(email Email, now time.Time) { u.Email, u.UpdatedAt = email, now }
