// Package totp creates and checks time-based one-time codes (RFC 6238), and the recovery codes that
// replace them. It stores nothing: the store makes sure that a step or a recovery code is used once.
package totp

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// What every authenticator app supports: SHA-1, six digits, steps of 30 seconds.
const (
	digits      = 6
	period      = 30 // seconds
	secretBytes = 20 // RFC 4226 §4 R6
	minSecret   = 10 // bytes; a shorter secret can be guessed, an empty one is known to everybody
)

var hotpOptions = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

var secretEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Codes creates the secrets of authenticator apps and compares their codes. The zero value is ready to
// use.
type Codes struct{}

var _ port.OneTimeCodes = Codes{}

// New creates a secret.
func (Codes) New() domain.Secret {
	raw := make([]byte, secretBytes)
	_, _ = rand.Read(raw) // never fails since Go 1.24
	return domain.NewSecret(secretEncoding.EncodeToString(raw))
}

// Show returns a secret as Key URI and QR code, with the names of the issuer and the account, which must
// not be empty.
func (Codes) Show(secret domain.Secret, issuer, account string) (port.Enrollment, error) {
	if issuer == "" || account == "" {
		return port.Enrollment{}, errors.New("totp: an enrolment needs the names of its issuer and its account")
	}
	uri := keyURI(issuer, account, secret.Reveal())
	image, err := qrSVG(uri)
	if err != nil {
		return port.Enrollment{}, fmt.Errorf("totp: draw QR code: %w", err)
	}
	return port.Enrollment{Secret: secret, URI: domain.NewSecret(uri), QR: domain.NewSecret(image)}, nil
}

// Match returns the step of the code: the step of now, the one before or the one after (RFC 6238
// section 5.2). Only six ASCII digits are a code. A secret that is not base32 or has under 80 bits
// matches nothing. All three steps are always computed.
func (Codes) Match(secret domain.Secret, code string, now time.Time) (step int64, ok bool) {
	if !isCode(code) || !isSecret(secret.Reveal()) {
		return 0, false
	}
	current := now.Unix() / period
	for candidate := max(0, current-1); candidate <= current+1; candidate++ {
		expected, err := hotp.GenerateCodeCustom(secret.Reveal(), uint64(candidate), hotpOptions)
		if err == nil && subtle.ConstantTimeCompare([]byte(expected), []byte(code)) == 1 {
			step, ok = candidate, true
		}
	}
	return step, ok
}

func isCode(s string) bool {
	if len(s) != digits {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func isSecret(s string) bool {
	raw, err := secretEncoding.DecodeString(s)
	return err == nil && len(raw) >= minSecret
}
