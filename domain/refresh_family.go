package domain

import (
	"slices"
	"time"
)

// RefreshFamily holds the hashes of the refresh tokens of a session. For tokens that were rotated recently it
// also holds their successors, encrypted so that only the old token decrypts them.
type RefreshFamily struct {
	FamilyHash  TokenHash
	CurrentHash TokenHash
	Spent       []SpentToken // rotated within the grace period, newest last
}

// SpentToken is a rotated token of a session or a device, which may be presented again within the grace period.
type SpentToken struct {
	Hash            TokenHash
	RotatedAt       time.Time
	SealedSuccessor []byte
}

// maxSpent is the largest number of spent tokens that are kept. No honest client rotates faster.
const maxSpent = 32

// RefreshVerdict says what to do with a presented refresh token.
type RefreshVerdict int

// The verdicts on a presented refresh token.
const (
	RefreshForeign RefreshVerdict = iota // never belonged to this family: refuse it and end nothing
	RefreshCurrent                       // the current token: rotate it
	RefreshRepeat                        // rotated within the grace period: return its successor again
	RefreshReuse                         // rotated earlier: end the family (RFC 9700 §4.14.2)
)

// Judge returns the verdict on a presented token. For RefreshRepeat it also returns the spent token.
func (f RefreshFamily) Judge(presented RefreshToken, grace time.Duration, now time.Time) (RefreshVerdict, SpentToken) {
	if !f.FamilyHash.Equal(presented.FamilyHash) {
		return RefreshForeign, SpentToken{}
	}
	if f.CurrentHash.Equal(presented.Hash) {
		return RefreshCurrent, SpentToken{}
	}
	if spent, ok := spentToken(f.Spent, presented.Hash, grace, now); ok {
		return RefreshRepeat, spent
	}
	return RefreshReuse, SpentToken{}
}

// Rotate makes next the current token and keeps the old one for the grace period.
func (f *RefreshFamily) Rotate(next TokenHash, sealedSuccessor []byte, grace time.Duration, now time.Time) {
	f.Spent = withSpent(f.Spent, SpentToken{Hash: f.CurrentHash, RotatedAt: now, SealedSuccessor: sealedSuccessor}, grace)
	f.CurrentHash = next
}

// spentToken returns the token with this hash if it was rotated within the grace period.
func spentToken(spent []SpentToken, hash TokenHash, grace time.Duration, now time.Time) (SpentToken, bool) {
	for _, token := range spent {
		if token.Hash.Equal(hash) && token.within(grace, now) {
			return token, true
		}
	}
	return SpentToken{}, false
}

// withSpent appends a token that was rotated just now and removes tokens past the grace period.
func withSpent(spent []SpentToken, token SpentToken, grace time.Duration) []SpentToken {
	spent = slices.DeleteFunc(slices.Clone(spent), func(s SpentToken) bool { return !s.within(grace, token.RotatedAt) })
	if grace > 0 {
		spent = append(spent, token)
	}
	return spent[max(0, len(spent)-maxSpent):]
}

func (s SpentToken) within(grace time.Duration, now time.Time) bool {
	return now.Sub(s.RotatedAt) < grace
}
