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

// SpentToken is a rotated refresh token that may still be repeated.
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
	for _, spent := range f.Spent {
		if spent.Hash.Equal(presented.Hash) && spent.within(grace, now) {
			return RefreshRepeat, spent
		}
	}
	return RefreshReuse, SpentToken{}
}

// Rotate makes next the live token and remembers the old one for the grace.
func (f *RefreshFamily) Rotate(next TokenHash, sealedSuccessor []byte, grace time.Duration, now time.Time) {
	f.Spent = slices.DeleteFunc(f.Spent, func(s SpentToken) bool { return !s.within(grace, now) })
	if grace > 0 {
		f.Spent = append(f.Spent, SpentToken{f.CurrentHash, now, sealedSuccessor})
		f.Spent = f.Spent[max(0, len(f.Spent)-maxSpent):]
	}
	f.CurrentHash = next
}

func (s SpentToken) within(grace time.Duration, now time.Time) bool {
	return now.Sub(s.RotatedAt) < grace
}
