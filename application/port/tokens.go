package port

import (
	"time"

	"github.com/sole-platform/sole/domain"
)

// AccessClaims is what an access token says (RFC 9068); everything else is looked up.
type AccessClaims struct {
	ID       string // jti
	Subject  domain.UserID
	Org      domain.OrgID
	Session  domain.SessionID
	AMR      []domain.AMR
	ACR      domain.ACR
	AuthTime time.Time
	IssuedAt time.Time
	Expires  time.Time
}

// AccessTokens signs and checks access tokens.
type AccessTokens interface {
	Sign(claims AccessClaims) (string, error)
	// Verify must accept only our algorithm, our keys by their kid, our issuer, audience and
	// type, with every claim present: anything else is domain.ErrUnauthenticated, and past
	// its expiry (30 s leeway at most) domain.ErrTokenExpired.
	Verify(token string, now time.Time) (AccessClaims, error)
}

// OpaqueTokens makes random bearer tokens of one kind. A token of another kind, of
// another length, or written in any other way than it was issued, must not parse:
// domain.ErrUnauthenticated.
type OpaqueTokens interface {
	New(org domain.OrgID) domain.OpaqueToken
	Parse(token domain.Secret) (domain.OpaqueToken, error)
}

// RefreshTokens makes the generations of refresh-token families.
type RefreshTokens interface {
	// New starts a family.
	New(org domain.OrgID, session domain.SessionID) domain.RefreshToken
	// Next is another generation of the family of token.
	Next(token domain.RefreshToken) domain.RefreshToken
	Parse(token domain.Secret) (domain.RefreshToken, error)
	// Seal encrypts the successor so that only the old token can open it, and not the database
	// alone.
	Seal(old, successor domain.RefreshToken) ([]byte, error)
	Open(old domain.RefreshToken, sealed []byte) (domain.RefreshToken, error)
}

// DeviceTokens makes the tokens of remembered devices.
type DeviceTokens interface {
	New(org domain.OrgID, device domain.DeviceID) DeviceToken
	Parse(token domain.Secret) (DeviceToken, error)
	// Seal encrypts the successor so that only the old token can open it, and not the database
	// alone.
	Seal(old, successor DeviceToken) ([]byte, error)
	Open(old DeviceToken, sealed []byte) (DeviceToken, error)
}

// DeviceToken names its device, so that a rotated token presented again is recognised.
type DeviceToken struct {
	Org    domain.OrgID
	Device domain.DeviceID
	Hash   domain.TokenHash
	Secret domain.Secret
}

// Activity notes that a session was used. It must not block and must not write on the
// spot: notes are gathered and stored a little later, and may be lost in a crash.
type Activity interface {
	Seen(org domain.OrgID, session domain.SessionID, at time.Time)
}
