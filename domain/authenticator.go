package domain

import (
	"strings"
	"time"
	"unicode/utf8"
)

// SealedSecret is a secret encrypted at rest and bound to the row that it is stored in. Its form is
// <key id>.<ciphertext>; empty means that there is no secret.
type SealedSecret string

// KeyID names the key that encrypted the secret; empty when the secret names none.
func (s SealedSecret) KeyID() string {
	id, _, found := strings.Cut(string(s), ".")
	if !found {
		return ""
	}
	return id
}

// FactorKind names a kind of second factor.
type FactorKind string

// FactorTOTP is the one-time code of an authenticator app (RFC 6238).
const FactorTOTP FactorKind = "totp"

// EnrollmentTTL is how long a pending authenticator waits for its first answer. A passkey waits for CeremonyTTL.
const EnrollmentTTL = 10 * time.Minute

// Authenticator is a second factor that an account has enrolled, or is about to. It is pending until
// its first answer is confirmed, and live from then on.
type Authenticator struct {
	ID      AuthenticatorID
	User    UserID
	Kind    FactorKind
	Name    string       // given by its owner; may be empty
	Secret  SealedSecret // empty for a factor that keeps no secret
	Handle  string       // unless empty, unique among the org's authenticators of the kind; for example the id of a credential
	Data    string       // whatever else the factor stores, in a format of its own
	Counter int64        // never falls; zero for a factor that does not count. For TOTP the newest time step that was used

	CreatedAt     time.Time
	EnrolledAt    time.Time // zero while pending
	LastUsedAt    time.Time // zero before the first use
	PendingExpiry time.Time // zero once live
	PendingBy     string    // the session or sign-in that began the enrolment; empty once live
}

const maxAuthenticatorName = 100 // characters

// ParseAuthenticatorName trims and checks the name that an owner gives an authenticator. It returns CodeInvalid for a
// name that cannot be used.
func ParseAuthenticatorName(raw string) (string, error) {
	name, err := parseName("name", raw)
	if err != nil || utf8.RuneCountInString(name) > maxAuthenticatorName {
		const rule = "must be 1 to 100 characters, none of them control, invisible or text-direction characters"
		return "", Invalid("name", rule)
	}
	return name, nil
}

// Live reports whether the authenticator was confirmed.
func (a Authenticator) Live() bool { return !a.EnrolledAt.IsZero() }

// LivePasskey reports whether the authenticator is a passkey that was confirmed.
func (a Authenticator) LivePasskey() bool { return a.Kind == FactorPasskey && a.Live() }

// Begin starts the wait for the first answer. by is the session or sign-in that requested it.
func (a *Authenticator) Begin(by string, now time.Time) {
	a.CreatedAt, a.PendingExpiry, a.PendingBy = now, now.Add(EnrollmentTTL), by
}

// Waiting reports whether the authenticator still waits for its first answer.
func (a Authenticator) Waiting(now time.Time) bool { return !a.Live() && now.Before(a.PendingExpiry) }

// BegunBy reports whether the session or sign-in began an enrolment that still waits for its first
// answer. Its secret is shown again to that session or sign-in only. Otherwise a thief with the
// password could start an enrolment and have the owner confirm a secret that the thief knows.
func (a Authenticator) BegunBy(by string, now time.Time) bool {
	return a.Waiting(now) && by != "" && a.PendingBy == by
}

// Confirm makes the authenticator live. counter is the one of the answer that proved it.
func (a *Authenticator) Confirm(counter int64, now time.Time) {
	a.Counter, a.EnrolledAt, a.LastUsedAt = counter, now, now
	a.PendingExpiry, a.PendingBy = time.Time{}, ""
}

// AuthenticatorUse is a right answer of a live authenticator, which is good for one use.
type AuthenticatorUse struct {
	User    UserID
	ID      AuthenticatorID
	Counter int64  // above the stored one, or zero for a factor that does not count
	Data    string // the new Data; empty: unchanged
	At      time.Time
}
