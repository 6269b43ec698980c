package domain

import "crypto/subtle"

// TokenHash is the SHA-256 of an opaque token in base64url. The token itself is not stored.
type TokenHash string

// Equal compares the hashes in constant time. An empty hash equals nothing.
func (h TokenHash) Equal(other TokenHash) bool {
	return len(h) > 0 && subtle.ConstantTimeCompare([]byte(h), []byte(other)) == 1
}

// OpaqueToken is a 256-bit random bearer token. It names its org, so that it can be looked up within that org.
// It is found by its hash.
type OpaqueToken struct {
	Org    OrgID
	Hash   TokenHash
	Secret Secret // the token itself, for the client
}

// RefreshToken is one token of the refresh-token family of a session (RFC 9700 §4.14). Every token contains
// the secret of the family, so that an old genuine token can be distinguished from a forged one.
type RefreshToken struct {
	Org        OrgID
	Session    SessionID
	FamilyHash TokenHash
	Hash       TokenHash
	Secret     Secret
}

// Family returns the family that begins with the token.
func (t RefreshToken) Family() RefreshFamily {
	return RefreshFamily{FamilyHash: t.FamilyHash, CurrentHash: t.Hash}
}
