package domain

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// LetterKind is what a letter is about.
type LetterKind string

// The letters that the service writes.
const (
	LetterPasswordForgotten LetterKind = "password_forgotten" // brings a link that sets a new password
	LetterPasswordChanged   LetterKind = "password_changed"
	LetterDeviceRemembered  LetterKind = "device_remembered"
	LetterMFAChanged        LetterKind = "mfa_changed"
	LetterRecoveryCodeUsed  LetterKind = "recovery_code_used"
	LetterAccountLocked     LetterKind = "account_locked"
	LetterInvitation        LetterKind = "invitation"      // brings a link that sets the first password
	LetterAddressChanged    LetterKind = "address_changed" // to the address that was
	LetterConfirmAddress    LetterKind = "confirm_address" // to an address that is to be an account's: brings a link that confirms it
	LetterAddressAsked      LetterKind = "address_asked"   // to the account's address, that another one was asked for
	LetterOrgDiscovery      LetterKind = "org_discovery"   // lists the orgs in which the address has an account
)

// Letter is a mail to be written to an address. It holds no secret: a link is made when
// the letter is written, and whether anybody has the address is asked only then, so that
// ordering one takes the same time for everyone.
type Letter struct {
	Kind    LetterKind
	To      Email
	Account UserID            // whose letter it is, where To is not yet the address of the account
	At      time.Time         // when what it tells of happened
	Origin  Origin            // of the request it tells of
	Details map[string]string // what happened, for people; for example "change": "authenticator enrolled"

	// NoRecipient marks a letter that nobody could have received when it was ordered. It is
	// ordered all the same, so that the order takes as long as any other, but it is worked on
	// apart from the letters that people wait for.
	NoRecipient bool `json:",omitempty"`
}

// maxLetterName bounds a name in a letter, in characters.
const maxLetterName = 60

// linkLike is text that a mail program makes into a link, such as evil.example; the other
// full stops are those that browsers read as one.
var linkLike = regexp.MustCompile(`[\pL\pN-][.\x{3002}\x{FF0E}\x{FF61}]\pL{2}`)

// LetterName returns the name of a person or an org as a letter may show it, or nothing when
// it could be a message of its own: it is too long, looks like a link, or has characters
// that names do without. Whoever invites a stranger has chosen both names.
func LetterName(name string) string {
	if utf8.RuneCountInString(name) > maxLetterName || linkLike.MatchString(name) || strings.ContainsFunc(name, isOddInName) {
		return ""
	}
	return name
}

func isOddInName(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune(" .,'\u2019-&()+\u00b7", r)
}

// LetterName returns the org's name as a letter may show it, else its slug.
func (o Org) LetterName() string {
	if name := LetterName(o.Name); name != "" {
		return name
	}
	return string(o.Slug)
}
