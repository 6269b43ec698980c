package domain

import "time"

// EmailChangeTTL is how long the link that confirms a new address works.
const EmailChangeTTL = time.Hour

// EmailChange is a new address that an account asked for and has not yet proven to read.
// Nothing of the account changes before that.
type EmailChange struct {
	User      UserID
	Session   SessionID // that asked; the change is void once this session has been ended
	Email     Email
	Hash      TokenHash // of the token in the link that was sent to Email
	ExpiresAt time.Time
}
