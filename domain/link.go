package domain

import "time"

// LinkPurpose is what a link sent by mail is good for.
type LinkPurpose string

// What links are good for: to set another password, or the first.
const (
	LinkPasswordReset LinkPurpose = "password_reset"
	LinkInvitation    LinkPurpose = "invitation"
)

// How long a link works.
const (
	PasswordResetTTL = time.Hour
	InvitationTTL    = 7 * 24 * time.Hour
)

// Link is a single-use bearer token sent to an account's address.
type Link struct {
	User      UserID
	Purpose   LinkPurpose
	Hash      TokenHash
	ExpiresAt time.Time
}

// Live tells whether the link may still be used.
func (l Link) Live(now time.Time) bool { return now.Before(l.ExpiresAt) }
