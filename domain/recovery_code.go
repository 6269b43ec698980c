package domain

import "time"

// RecoveryCodeCount is how many recovery codes an account gets at once.
const RecoveryCodeCount = 10

// RecoveryCode is the hash of a look-up secret that can be used once (NIST SP 800-63B-4 section 3.1.2).
type RecoveryCode struct {
	User   UserID
	Hash   TokenHash
	UsedAt time.Time // zero while it is unused
}
