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
	LetterPasswordForgotten      LetterKind = "password_forgotten" // brings a link that sets a new password
	LetterPasswordChanged        LetterKind = "password_changed"
	LetterDeviceRemembered       LetterKind = "device_remembered"
	LetterMFAChanged             LetterKind = "mfa_changed"
	LetterRecoveryCodeUsed       LetterKind = "recovery_code_used"
	LetterAccountLocked          LetterKind = "account_locked"
	LetterInvitation             LetterKind = "invitation"               // brings a link that sets the first password
	LetterAddressChanged         LetterKind = "address_changed"          // to the old address
	LetterConfirmAddress         LetterKind = "confirm_address"          // to the requested new address: has the link that confirms it
	LetterAddressChangeRequested LetterKind = "address_change_requested" // to the current address: a new one was requested
	LetterOrgDiscovery           LetterKind = "org_discovery"            // lists the orgs in which the address has an account
)

// Letter is a mail to be written to an address. It holds no secret: its link is made when the
// letter is written. Ordering a letter takes the same time whether or not the address has an
// account.
type Letter struct {
	Kind    LetterKind
	To      Email
	Account UserID            // set only when To is not yet the address of the account
	At      time.Time         // when what it tells of happened
	Origin  Origin            // of the request it tells of
	Details map[string]string // what happened, for people; for example "change": "authenticator enrolled"

	// NoRecipient marks a letter to an address that had no account to write to when the letter
	// was ordered. It is ordered all the same, so that the time of the request does not tell
	// whether the address has an account, but waits in a queue of its own.
	NoRecipient bool `json:",omitempty"`
}

// maxLetterName bounds a name in a letter, in characters.
const maxLetterName = 60

// linkLike matches text that a mail program turns into a link, such as evil.example. Browsers
// treat the other three characters as full stops.
var linkLike = regexp.MustCompile(`[\pL\pN-][.\x{3002}\x{FF0E}\x{FF61}]\pL{2}`)

// LetterName returns the name of a person or an org if a letter may show it. Otherwise it
// returns "": the name is too long, looks like a link, or has characters that are unusual in
// names. Somebody who invites a stranger chooses both names and could send a message in them.
func LetterName(name string) string {
	if utf8.RuneCountInString(name) > maxLetterName || linkLike.MatchString(name) || strings.ContainsFunc(name, isOddInName) {
		return ""
	}
	return name
}

func isOddInName(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune(" .,'\u2019-&()+\u00b7", r)
}

// LetterName returns the org's name if a letter may show it, otherwise its slug.
func (o Org) LetterName() string {
	if name := LetterName(o.Name); name != "" {
		return name
	}
	return string(o.Slug)
}
