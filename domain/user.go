package domain

import (
	"slices"
	"time"
)

// PasswordHash is the stored form of a password: a PHC string, or the text of an ImportedHash.
type PasswordHash string

// User is an account: a person inside exactly one org.
type User struct {
	ID                 UserID
	Email              Email
	FullName           string
	Status             Status
	Password           PasswordHash
	MustChangePassword bool      // the password is temporary: after signing in with it, only a new password can be set
	PasswordChangedAt  time.Time // zero without a password, and after SetSeededPassword
	LastSignInAt       time.Time // zero before the first sign-in
	LastSuspendedAt    time.Time // zero if it never was; kept when the account is activated again
	CreatedAt          time.Time
	UpdatedAt          time.Time
	Version            int64
}

// NewUser returns an active account without a password.
func NewUser(id UserID, email Email, fullName string, now time.Time) (User, error) {
	name, err := parseName("full_name", fullName)
	if err != nil {
		return User{}, err
	}
	return User{ID: id, Email: email, FullName: name, Status: StatusActive, CreatedAt: now, UpdatedAt: now, Version: 1}, nil
}

// Active reports whether the account is not suspended.
func (u User) Active() bool { return u.Status == StatusActive }

// CanSignIn reports whether the account can sign in with its password now: it is active and has
// a password, which is not an expired temporary one.
func (u User) CanSignIn(now time.Time) bool {
	return u.Active() && u.Password != "" && !u.PasswordLapsed(now)
}

// AnyCanSignIn reports whether any of the accounts other than except can sign in now.
func AnyCanSignIn(users []User, except UserID, now time.Time) bool {
	return slices.ContainsFunc(users, func(u User) bool { return u.ID != except && u.CanSignIn(now) })
}

// SetPassword replaces the password. A temporary one must be changed at the next sign-in.
func (u *User) SetPassword(hash PasswordHash, temporary bool, now time.Time) {
	u.Password, u.MustChangePassword, u.PasswordChangedAt, u.UpdatedAt = hash, temporary, now, now
}

// Suspend suspends the account, which cannot sign in until it is activated.
func (u *User) Suspend(now time.Time) {
	u.Status, u.LastSuspendedAt, u.UpdatedAt = StatusSuspended, now, now
}

// Activate makes a suspended account usable again.
func (u *User) Activate(now time.Time) { u.Status, u.UpdatedAt = StatusActive, now }

// TemporaryPasswordTTL is how long a temporary password can be used.
const TemporaryPasswordTTL = 72 * time.Hour

// PasswordLapsed reports whether the password cannot be used any more: it is a temporary one that has expired, or has a weak
// imported hash whose time is over.
func (u User) PasswordLapsed(now time.Time) bool {
	return u.Password.lapsed(now) || u.MustChangePassword && !now.Before(u.PasswordChangedAt.Add(TemporaryPasswordTTL))
}

// Differences returns the values that differ, as "before -> after", by name. The password is left out.
func (u User) Differences(next User) map[string]string {
	return differences(map[string][2]string{
		"email": {string(u.Email), string(next.Email)}, "full_name": {u.FullName, next.FullName},
		"status": {string(u.Status), string(next.Status)},
	})
}

// Rename changes the full name of the account.
func (u *User) Rename(fullName string, now time.Time) error {
	name, err := parseName("full_name", fullName)
	if err != nil {
		return err
	}
	u.FullName, u.UpdatedAt = name, now
	return nil
}
