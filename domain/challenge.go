package domain

import "time"

// ChallengeTTL is how long an unfinished sign-in waits for its next step.
const ChallengeTTL = 5 * time.Minute

// Challenge is an unfinished sign-in: what was proven so far and what is owed next.
// It is valid for one completed step. A change of the password or of the authenticators, or a
// suspension of the account, voids it, even if the account is active again.
type Challenge struct {
	Org               OrgID
	User              UserID
	Owed              SignInOutcome // the step that completes it
	Proven            []AMR
	Device            DeviceID  // the remembered device whose token came with the password; its guesses have counters of their own
	PasswordChangedAt time.Time // like the next two fields, as of when the challenge was issued
	Factors           Factors
	LastSuspendedAt   time.Time
	ExpiresAt         time.Time
}

// Admits reports whether the challenge still fits the account and waits for this step.
func (c Challenge) Admits(step SignInOutcome, user User, factors Factors, now time.Time) bool {
	return c.Owed == step && c.User == user.ID && now.Before(c.ExpiresAt) && c.PasswordChangedAt.Equal(user.PasswordChangedAt) &&
		c.Factors.Same(factors) && c.LastSuspendedAt.Equal(user.LastSuspendedAt)
}
