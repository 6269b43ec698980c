package domain

import (
	"slices"
	"time"
)

// FirstRunTTL is how long the link of a first run works.
const FirstRunTTL = 24 * time.Hour

// FirstRun is an offer to become the first owner of the service. Whoever opens its link chooses the address, the name and
// the password of that owner.
type FirstRun struct{ OfferedAt time.Time }

// SetSeededPassword sets the password of a first owner that the service generated, and that need not be changed. Nobody has
// chosen it, so PasswordChangedAt stays zero.
func (u *User) SetSeededPassword(hash PasswordHash, now time.Time) {
	u.SetPassword(hash, false, now)
	u.PasswordChangedAt = time.Time{}
}

// Claimed reports whether a person uses the account: they have signed in to it, or have chosen its password.
func (u User) Claimed() bool {
	chosen := u.Password != "" && !u.MustChangePassword && !u.PasswordChangedAt.IsZero()
	return chosen || !u.LastSignInAt.IsZero()
}

// AnyClaimed reports whether a person uses any of the accounts.
func AnyClaimed(users []User) bool { return slices.ContainsFunc(users, User.Claimed) }
