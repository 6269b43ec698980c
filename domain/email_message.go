package domain

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// EmailKind is what an email is about.
type EmailKind string

// The emails that the service writes.
const (
	EmailPasswordForgotten      EmailKind = "password_forgotten" // has a link that sets a new password
	EmailPasswordChanged        EmailKind = "password_changed"
	EmailDeviceRemembered       EmailKind = "device_remembered"
	EmailMFAChanged             EmailKind = "mfa_changed"
	EmailPasskeyAdded           EmailKind = "passkey_added"
	EmailPasskeyRemoved         EmailKind = "passkey_removed"
	EmailPasskeyCounterRefused  EmailKind = "passkey_counter_refused" // the passkey may have been copied
	EmailRecoveryCodeUsed       EmailKind = "recovery_code_used"
	EmailAccountLocked          EmailKind = "account_locked"
	EmailInvitation             EmailKind = "invitation"               // has a link that sets the first password
	EmailAddressChanged         EmailKind = "address_changed"          // to the old address
	EmailConfirmAddress         EmailKind = "confirm_address"          // to the requested new address: has the link that confirms it
	EmailAddressChangeRequested EmailKind = "address_change_requested" // to the current address: a new one was requested
	EmailOrgDiscovery           EmailKind = "org_discovery"            // lists the orgs in which the address has an account
)

// EmailMessage is an email to be written to an address. It holds no secret: its link is made when the
// email is written. Enqueuing one takes the same time whether or not the address has an account.
type EmailMessage struct {
	Kind    EmailKind
	To      Email
	Account UserID            // set only when To is not yet the address of the account
	At      time.Time         // of the event that it reports
	Origin  Origin            // of the request that caused the event
	Details map[string]string // what happened, for people; for example "change": "an authenticator app was enrolled"

	// NoRecipient marks an email to an address that had no account when the email was enqueued. It is
	// enqueued all the same, so that the time of the request does not reveal whether the address has an
	// account, but in a queue of its own.
	NoRecipient bool
}

// maxEmailSafeName bounds a name in an email, in characters.
const maxEmailSafeName = 60

// linkLike matches text that a mail program turns into a link, such as evil.example. Browsers
// treat the other three characters as full stops.
var linkLike = regexp.MustCompile(`[\pL\pN-][.\x{3002}\x{FF0E}\x{FF61}]\pL{2}`)

// EmailSafeName returns the name of a person or an org if an email may show it. Otherwise it
// returns "": the name is too long, looks like a link, or has characters that are unusual in
// names. Somebody who invites a stranger chooses both names and could send a message in them.
func EmailSafeName(name string) string {
	if utf8.RuneCountInString(name) > maxEmailSafeName || linkLike.MatchString(name) || strings.ContainsFunc(name, isOddInName) {
		return ""
	}
	return name
}

func isOddInName(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune(" .,'\u2019-&()+\u00b7", r)
}

// EmailSafeName returns the org's name if an email may show it, otherwise its slug.
func (o Org) EmailSafeName() string {
	if name := EmailSafeName(o.Name); name != "" {
		return name
	}
	return string(o.Slug)
}
