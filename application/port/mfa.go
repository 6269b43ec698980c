package port

import (
	"time"

	"github.com/sole-platform/sole/domain"
)

// SecretBox encrypts at rest. What is sealed is bound to its place: in any other it
// must not open. A place is the purpose, the org and the account.
type SecretBox interface {
	Seal(secret domain.Secret, place Place) (domain.SealedSecret, error)
	// Open must return domain.ErrSecretUnreadable when no known key opens it here.
	Open(sealed domain.SealedSecret, place Place) (domain.Secret, error)
}

// KeyRing is a SecretBox of several keys, so that a key can be replaced while what it
// sealed is still about.
type KeyRing interface {
	// Seal must use the first key, Open any. A sealed secret names its key (SealedSecret.KeyID).
	SecretBox
	// KeyIDs names the keys in the order they were given; there is at least one.
	KeyIDs() []string
}

// Place is where a sealed secret stands.
type Place struct {
	Purpose string
	Org     domain.OrgID
	User    domain.UserID
}

// TOTPPlace is where the secrets of an account's authenticator stand.
func TOTPPlace(org domain.OrgID, user domain.UserID) Place {
	return Place{Purpose: "totp", Org: org, User: user}
}

// OneTimeCodes knows TOTP (RFC 6238: SHA-1, six digits, 30 s, which every authenticator app reads).
type OneTimeCodes interface {
	// New makes a secret of at least 160 bits.
	New() domain.Secret
	// Show presents a secret as URI and QR code; the same secret always looks the same.
	Show(secret domain.Secret, issuer, account string) (Enrollment, error)
	// Match finds the time step of code within one step of now; ok is false when there is none.
	Match(secret domain.Secret, code string, now time.Time) (step int64, ok bool)
}

// Enrollment is a TOTP secret as an authenticator app takes it.
type Enrollment struct {
	Secret domain.Secret // base32
	URI    domain.Secret // otpauth://totp/...
	QR     domain.Secret // the URI as an SVG image
}

// RecoveryCodeMaker makes recovery codes of at least 50 bits each.
type RecoveryCodeMaker interface {
	New() domain.Secret
	// Hash must give the same for a code however a person types it, and another per account.
	Hash(typed domain.Secret, org domain.OrgID, user domain.UserID) domain.TokenHash
}
