package domain

import "time"

// LinkPurpose says what the link in an email is for.
type LinkPurpose string

// The purposes: to set a new password, or the first one.
const (
	LinkPasswordReset LinkPurpose = "password_reset"
	LinkInvitation    LinkPurpose = "invitation"
)

// How long a link works.
const (
	PasswordResetTTL = time.Hour
	InvitationTTL    = 7 * 24 * time.Hour
)

// Link is a single-use bearer token that is sent to the address of an account.
type Link struct {
	User      UserID
	Purpose   LinkPurpose
	Hash      TokenHash
	ExpiresAt time.Time
}

// Live reports whether the link has not expired.
func (l Link) Live(now time.Time) bool { return now.Before(l.ExpiresAt) }
