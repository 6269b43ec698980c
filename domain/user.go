package domain

import (
	"slices"
	"time"
)

// PasswordHash is a password as it is kept: a PHC string, opaque to the domain.
type PasswordHash string

// User is an account: a person inside exactly one org.
type User struct {
	ID                 UserID
	Email              Email
	FullName           string
	Status             Status
	Password           PasswordHash
	MustChangePassword bool // the password is temporary: it opens nothing but its own change
	PasswordChangedAt  time.Time
	LastSignInAt       time.Time // zero before the first
	LastSuspendedAt    time.Time // zero before the first; kept when the account is active again
	CreatedAt          time.Time
	UpdatedAt          time.Time
	Version            int64
}

// NewUser makes an active account without a password.
func NewUser(id UserID, email Email, fullName string, now time.Time) (User, error) {
	name, err := parseName("body.full_name", fullName)
	if err != nil {
		return User{}, err
	}
	return User{ID: id, Email: email, FullName: name, Status: StatusActive, CreatedAt: now, UpdatedAt: now, Version: 1}, nil
}

// Active tells whether the account may be used at all.
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

// Suspend shuts the account out until it is activated.
func (u *User) Suspend(now time.Time) {
	u.Status, u.LastSuspendedAt, u.UpdatedAt = StatusSuspended, now, now
}

// Activate lets a suspended account in again.
func (u *User) Activate(now time.Time) { u.Status, u.UpdatedAt = StatusActive, now }

// TemporaryPasswordTTL is how long a temporary password waits to be changed.
const TemporaryPasswordTTL = 72 * time.Hour

// PasswordLapsed tells whether the password is a temporary one that was not changed in time:
// it opens nothing any more.
func (u User) PasswordLapsed(now time.Time) bool {
	return u.MustChangePassword && !now.Before(u.PasswordChangedAt.Add(TemporaryPasswordTTL))
}

// Differences lists the members whose values differ, as "before -> after", by name; of a
// password nothing is told.
func (u User) Differences(next User) map[string]string {
	differences := map[string]string{}
	for name, value := range map[string][2]string{
		"email": {string(u.Email), string(next.Email)}, "full_name": {u.FullName, next.FullName}, "status": {string(u.Status), string(next.Status)},
	} {
		if value[0] != value[1] {
			differences[name] = Difference(value[0], value[1])
		}
	}
	return differences
}

// Rename gives the account another name for people.
func (u *User) Rename(fullName string, now time.Time) error {
	name, err := parseName("body.full_name", fullName)
	if err != nil {
		return err
	}
	u.FullName, u.UpdatedAt = name, now
	return nil
}
