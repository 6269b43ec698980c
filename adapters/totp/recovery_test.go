package totp_test

import (
	"regexp"
	"testing"

	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/domain"
)

func TestRecoveryCodesAreFourGroupsOfFour(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$`)
	for range 100 {
		if code := (totp.RecoveryCodes{}).New().Reveal(); !form.MatchString(code) {
			t.Errorf("got %s", code)
		}
	}
}

// Stored hashes outlive releases, so the way they are made must not change. The value is
// printf '\0\0\0\10recovery\0\0\0\3org\0\0\0\4user\0\0\0\0200123456789ABCDEF' | sha256sum, in base64url.
func TestRecoveryHashNeverChanges(t *testing.T) {
	const want = "UBPy8K7fLJIHwcUCmS_Zi3mw1boFi2Muzi9X0FNh2rw"
	if got := (totp.RecoveryCodes{}).Hash(domain.NewSecret("0123-4567-89ab-cdef"), "org", "user"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The value is made like the one above, of "imported recovery", "org", "user" and the SHA-256 of LU2345ZX.
func TestTheHashOfAnImportedCodeNeverChanges(t *testing.T) {
	const want = "U-FBMEaJiLTsfTE4f4jL4uGLqTm8a4wMEzFrI-pLjqw"
	if got := (totp.RecoveryCodes{}).Hash(domain.NewSecret("lu23-45zx"), "org", "user"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
