package domain

import "time"

// FactorPasskey is a discoverable WebAuthn credential (WebAuthn Level 3). It is a second factor, and it can also sign in
// without a password.
const FactorPasskey FactorKind = "passkey"

// MaxPasskeys is how many passkeys an account may have.
const MaxPasskeys = 20

// CeremonyTTL is how long a WebAuthn ceremony, which registers or uses a passkey, waits for its answer (WebAuthn Level 3,
// section 15.1, recommends five minutes).
const CeremonyTTL = 5 * time.Minute

// Ceremony is a request to use a passkey that waits for its answer. It is used up by one answer, right or wrong.
type Ceremony struct {
	Org       OrgID
	By        string // the sign-in, or the session and the action, that the answer belongs to
	User      UserID // whose passkey must answer; empty where any account of the org may sign in
	ExpiresAt time.Time
}

// Admits reports whether an answer that was sent by the sign-in or session belongs to the ceremony.
func (c Ceremony) Admits(org OrgID, user UserID, by string, now time.Time) bool {
	return c.Org == org && c.User == user && c.By == by && now.Before(c.ExpiresAt)
}
