package domain

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// Member is an account with its roles, as the administrators of its org see it.
type Member struct {
	User
	Roles      []Role
	EnrolledAt time.Time // of the second factor; zero without one
}

// Erasure is the task of erasing the personal data of a removed account.
type Erasure struct {
	User   UserID
	By     UserID // of a service account its id
	ByType ActorType
	Origin Origin // of the request that removed the account
}

// Standing returns the status that administrators see: StatusInvited until the account has a password.
func (u User) Standing() Status {
	if u.Invited() {
		return StatusInvited
	}
	return u.Status
}

// Invited reports whether the account is active and has no password yet.
func (u User) Invited() bool { return u.Active() && u.Password == "" }

// MemberFilter selects accounts. An empty field selects every account.
type MemberFilter struct {
	Text   string // every word of it must begin a word of the name or the address
	Status Status
	Role   RoleID
}

// Check returns ErrInvalid with every value that no account could match.
func (f MemberFilter) Check() error {
	switch {
	case !isSearchable(f.Text):
		return Invalid("q", "must be at most 200 characters without control characters")
	case f.Text != "" && len(SearchWords(f.Text)) == 0:
		return Invalid("q", "must contain a letter or a digit")
	case f.Status != "" && f.Status != StatusActive && f.Status != StatusSuspended && f.Status != StatusInvited:
		return Invalid("status", "must be active, suspended or invited")
	}
	return nil
}

// MemberPlace is the position of an account in a list, which is sorted by the word that matched, if the
// filter has a text, and then by id. The zero place is before all accounts.
type MemberPlace struct {
	Word string
	ID   UserID
}

const (
	maxSearchWords = 24
	maxWordLength  = 40 // characters; longer words are found by their beginning
)

// SearchWords returns the words by which a text is found: in lower case, sorted, each once.
func SearchWords(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
	for i, word := range words {
		if letters := []rune(word); len(letters) > maxWordLength {
			words[i] = string(letters[:maxWordLength])
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	return words[:min(len(words), maxSearchWords)]
}

// SearchWords returns the words by which the account is found.
func (u User) SearchWords() []string { return SearchWords(u.FullName + " " + string(u.Email)) }

// Readdress changes the address of the account.
func (u *User) Readdress(email Email, now time.Time) { u.Email, u.UpdatedAt = email, now }
