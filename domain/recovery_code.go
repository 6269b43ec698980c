package domain

import (
	"strings"
	"time"
)

// RecoveryCodeCount is how many recovery codes an account gets at a time.
const RecoveryCodeCount = 10

// RecoveryCode is a single-use look-up secret (NIST SP 800-63B-4 §3.1.2), kept as a hash.
type RecoveryCode struct {
	User   UserID
	Hash   TokenHash
	UsedAt time.Time // zero while it is unused
}

// CanonicalRecoveryCode undoes what people do to a code they copy by hand: letter
// case, blanks, hyphens, and the letters Crockford's base32 leaves out.
func CanonicalRecoveryCode(typed string) string {
	return strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
}
