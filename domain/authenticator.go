package domain

import (
	"strings"
	"time"
)

// SealedSecret is a secret encrypted at rest and bound to the row it stands in. It reads
// <key id>.<ciphertext>; the empty one is none.
type SealedSecret string

// KeyID names the key that sealed; empty when the secret names none.
func (s SealedSecret) KeyID() string {
	id, _, found := strings.Cut(string(s), ".")
	if !found {
		return ""
	}
	return id
}

// EnrollmentTTL is how long a pending secret waits for its first code.
const EnrollmentTTL = 10 * time.Minute

// Authenticator is an account's TOTP authenticator (RFC 6238): live once its first
// code is confirmed. A pending secret stands beside the live one and never replaces it.
type Authenticator struct {
	User          UserID
	Secret        SealedSecret // live; empty before confirmation
	EnrolledAt    time.Time    // zero before confirmation
	LastStep      int64        // the newest time step used up; older ones are dead too
	Pending       SealedSecret
	PendingExpiry time.Time
	PendingBy     string // the session or sign-in that began the enrolment
}

// Enrolled tells whether there is a live secret.
func (a Authenticator) Enrolled() bool { return !a.EnrolledAt.IsZero() }

// Begin sets a pending secret. by is the session or sign-in that requested it. It returns
// ErrAlreadyEnrolled when the account has a live secret.
func (a *Authenticator) Begin(pending SealedSecret, by string, now time.Time) error {
	if a.Enrolled() {
		return ErrAlreadyEnrolled
	}
	a.Pending, a.PendingExpiry, a.PendingBy = pending, now.Add(EnrollmentTTL), by
	return nil
}

// BegunBy reports whether the session or sign-in began an enrolment that still waits for its
// first code. The secret is shown again to that session or sign-in only. Otherwise a thief with
// the password could start an enrolment and have the owner confirm a secret that the thief knows.
func (a Authenticator) BegunBy(by string, now time.Time) bool {
	return a.Waiting(now) && by != "" && a.PendingBy == by
}

// PendingSecret returns the secret that waits for confirmation.
func (a Authenticator) PendingSecret(now time.Time) (SealedSecret, error) {
	switch {
	case a.Enrolled():
		return "", ErrAlreadyEnrolled
	case !a.Waiting(now):
		return "", ErrEnrollmentGone
	}
	return a.Pending, nil
}

// Waiting tells whether a pending secret still waits for its first code.
func (a Authenticator) Waiting(now time.Time) bool {
	return !a.Enrolled() && a.Pending != "" && now.Before(a.PendingExpiry)
}

// Confirm makes the pending secret live; step, whose code proved it, is used up.
func (a *Authenticator) Confirm(step int64, now time.Time) {
	a.Secret, a.EnrolledAt, a.LastStep = a.Pending, now, step
	a.Pending, a.PendingExpiry, a.PendingBy = "", time.Time{}, ""
}
