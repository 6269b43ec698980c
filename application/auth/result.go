package auth

import (
	"time"

	"github.com/sole-platform/sole/domain"
)

// LoginResult is where a sign-in stands after a step: tokens when nothing more is owed,
// otherwise a challenge.
type LoginResult struct {
	Outcome       domain.SignInOutcome
	Tokens        *Tokens
	Challenge     *IssuedChallenge
	DeviceToken   domain.Secret    // when the device was remembered or its token rotated
	RecoveryCodes []domain.Secret  // once, after enrolment
	Why           *domain.Decision // of a challenge: what was known when it was decided to ask for more
}

// Tokens is what a signed-in client holds.
type Tokens struct {
	Org              domain.OrgID // whose session it is
	Access           domain.Secret
	ExpiresIn        time.Duration
	Refresh          domain.Secret
	RefreshExpiresIn time.Duration
}

// IssuedChallenge tells a client what its sign-in owes.
type IssuedChallenge struct {
	Token              domain.Secret
	ExpiresIn          time.Duration
	Methods            []string
	RememberDeviceDays int
}

// methods names what completes a challenge.
func methods(owed domain.SignInOutcome) []string {
	switch owed {
	case domain.SignInCodeRequired:
		return []string{"totp", "recovery_code"}
	case domain.SignInEnrollmentRequired:
		return []string{"totp"}
	default:
		return []string{"password"}
	}
}
