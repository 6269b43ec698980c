package domain

import "time"

// RecoveryCodeCount is how many recovery codes an account gets at a time.
const RecoveryCodeCount = 10

// RecoveryCode is a single-use look-up secret (NIST SP 800-63B-4 §3.1.2), kept as a hash.
type RecoveryCode struct {
	User   UserID
	Hash   TokenHash
	UsedAt time.Time // zero while it is unused
}
