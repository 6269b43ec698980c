package domain

import "time"

// ChallengeTTL is how long an unfinished sign-in waits for its next step.
const ChallengeTTL = 5 * time.Minute

// Challenge is an unfinished sign-in: what was proven so far and what is owed next.
// It is valid for one completed step. A changed password, a changed authenticator or a
// suspension of the account voids it, even if the account is active again.
type Challenge struct {
	Org               OrgID
	User              UserID
	Owed              SignInOutcome // the step that completes it
	Proven            []AMR
	Device            DeviceID  // whose token proved itself with the password: its guesses are counted apart
	PasswordChangedAt time.Time // as it was when the challenge was issued, like the next two fields
	EnrolledAt        time.Time
	LastSuspendedAt   time.Time
	ExpiresAt         time.Time
}

// Admits tells whether the challenge still fits the account and waits for this step.
func (c Challenge) Admits(step SignInOutcome, user User, authenticator Authenticator, now time.Time) bool {
	return c.Owed == step && c.User == user.ID && now.Before(c.ExpiresAt) && c.PasswordChangedAt.Equal(user.PasswordChangedAt) &&
		c.EnrolledAt.Equal(authenticator.EnrolledAt) && c.LastSuspendedAt.Equal(user.LastSuspendedAt)
}
