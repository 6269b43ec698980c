package domain

import (
	"slices"
	"time"
)

// RefreshFamily is what a session knows of its refresh tokens: hashes, and for tokens
// rotated a moment ago their successor, sealed so that only the old token opens it.
type RefreshFamily struct {
	FamilyHash  TokenHash
	CurrentHash TokenHash
	Spent       []SpentToken // newest last; only those still within the grace
}

// SpentToken is a rotated token, of a session or a device, that may still be repeated.
type SpentToken struct {
	Hash            TokenHash
	RotatedAt       time.Time
	SealedSuccessor []byte
}

// maxSpent bounds the tokens kept for repetition; no honest client rotates faster.
const maxSpent = 32

// RefreshVerdict is what a presented refresh token turns out to be.
type RefreshVerdict int

// The verdicts on a presented refresh token.
const (
	RefreshForeign RefreshVerdict = iota // never of this family: refuse, harm nobody
	RefreshCurrent                       // the live one: rotate it
	RefreshRepeat                        // rotated within the grace: give its successor again
	RefreshReuse                         // rotated before that: end the family (RFC 9700 §4.14.2)
)

// Judge tells what the presented token is. For RefreshRepeat it also returns the spent token.
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

// Rotate makes next the live token and remembers the old one for the grace.
func (f *RefreshFamily) Rotate(next TokenHash, sealedSuccessor []byte, grace time.Duration, now time.Time) {
	f.Spent = withSpent(f.Spent, SpentToken{Hash: f.CurrentHash, RotatedAt: now, SealedSuccessor: sealedSuccessor}, grace)
	f.CurrentHash = next
}

// spentToken finds a token that was rotated within the grace.
func spentToken(spent []SpentToken, hash TokenHash, grace time.Duration, now time.Time) (SpentToken, bool) {
	for _, token := range spent {
		if token.Hash.Equal(hash) && token.within(grace, now) {
			return token, true
		}
	}
	return SpentToken{}, false
}

// withSpent adds a token that was rotated just now and drops tokens past the grace.
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
