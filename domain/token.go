package domain

import "crypto/subtle"

// TokenHash is the SHA-256 of an opaque token, base64url: all that is kept of it.
type TokenHash string

// Equal compares in constant time.
func (h TokenHash) Equal(other TokenHash) bool {
	return len(h) > 0 && subtle.ConstantTimeCompare([]byte(h), []byte(other)) == 1
}

// OpaqueToken is a 256-bit random bearer value. It names its org, so that it can be
// looked up without reaching across orgs, and is found again by its hash.
type OpaqueToken struct {
	Org    OrgID
	Hash   TokenHash
	Secret Secret // what the client holds
}

// RefreshToken is one generation of a session's refresh-token family (RFC 9700 §4.14).
// Every generation carries the family's own secret, so that an old genuine token can
// be told from one made up for a known session.
type RefreshToken struct {
	Org        OrgID
	Session    SessionID
	FamilyHash TokenHash
	Hash       TokenHash
	Secret     Secret
}

// Family is the family that the token begins.
func (t RefreshToken) Family() RefreshFamily {
	return RefreshFamily{FamilyHash: t.FamilyHash, CurrentHash: t.Hash}
}
