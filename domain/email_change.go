package domain

import "time"

// EmailChangeTTL is how long the link that confirms a new address works.
const EmailChangeTTL = time.Hour

// EmailChange is a new address that was requested for an account and is not confirmed yet. The
// account keeps its old address until then.
type EmailChange struct {
	User      UserID
	Session   SessionID // that requested the change; when it is ended the change is void
	Email     Email
	Hash      TokenHash // of the token in the link that was sent to Email
	ExpiresAt time.Time
}
