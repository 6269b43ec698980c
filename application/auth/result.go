package auth

import (
	"time"

	"github.com/sole-platform/sole/domain"
)

// LoginResult is the result of a step of a sign-in: tokens when nothing more is owed, otherwise a
// challenge.
type LoginResult struct {
	Outcome       domain.SignInOutcome
	Tokens        *Tokens
	Challenge     *IssuedChallenge
	DeviceToken   domain.Secret    // when the device was remembered or its token rotated
	RecoveryCodes []domain.Secret  // shown once, after the first enrolment
	Why           *domain.Decision // of a challenge: the decision that more is owed
}

// Tokens is what a client stores after signing in.
type Tokens struct {
	Org              domain.OrgID // of the session
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
	PasswordMinLength  int // of a new password
}

// methods names what completes the challenge of the step.
func (f Flow) methods(s *step) []string {
	switch s.verdict.Outcome {
	case domain.SignInCodeRequired:
		return f.Factors.Methods(s.factors, s.wantsPasskey())
	case domain.SignInEnrollmentRequired:
		return f.Factors.Enrollable(s.factors, s.wantsPasskey())
	default:
		return []string{"password"}
	}
}
