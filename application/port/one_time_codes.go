package port

import (
	"time"

	"github.com/sole-platform/sole/domain"
)

// OneTimeCodes implements TOTP (RFC 6238) with SHA-1, six digits and steps of 30 s, which every authenticator app supports.
type OneTimeCodes interface {
	// New returns a random secret of at least 160 bits.
	New() domain.Secret
	// Show returns the URI and the QR code of a secret. They are always the same for the same arguments.
	Show(secret domain.Secret, issuer, account string) (Enrollment, error)
	// Match returns the time step of the code, which is at most one step from now. ok is false for any other code.
	Match(secret domain.Secret, code string, now time.Time) (step int64, ok bool)
}

// Enrollment is a TOTP secret in the forms that authenticator apps accept.
type Enrollment struct {
	Secret domain.Secret // base32
	URI    domain.Secret // otpauth://totp/...
	QR     domain.Secret // the URI as an SVG image
}
