package domain

import "time"

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
	LetterOrgDiscovery      LetterKind = "org_discovery"   // lists the orgs in which the address has an account
)

// Letter is a mail to be written to an address. It holds no secret: a link is made when
// the letter is written, and whether anybody has the address is asked only then, so that
// ordering one takes the same time for everyone.
type Letter struct {
	Kind    LetterKind
	To      Email
	At      time.Time         // when what it tells of happened
	Origin  Origin            // of the request it tells of
	Details map[string]string // what happened, for people; for example "change": "authenticator enrolled"
}
