package port

import (
	"time"

	"github.com/sole-platform/sole/domain"
)

// AccessClaims are the claims of an access token (RFC 9068). Everything else is looked up. A token of a person has a
// Session, and one of a service account a Key and a Scope.
type AccessClaims struct {
	ID       string // jti
	Subject  domain.UserID
	Org      domain.OrgID
	Session  domain.SessionID
	AMR      []domain.AMR
	ACR      domain.ACR
	AuthTime time.Time
	Key      domain.APIKeyID     // for which the token of a service account was issued
	Scope    []domain.Permission // the permissions that it may use, at most
	IssuedAt time.Time
	Expires  time.Time
}

// AccessTokens signs and checks access tokens.
type AccessTokens interface {
	Sign(claims AccessClaims) (string, error)
	// Verify returns the claims of a token. It must accept only our algorithm, issuer, audience and type, a kid of one of
	// our keys, and tokens with every claim; it returns domain.ErrUnauthenticated for anything else, and
	// domain.ErrTokenExpired for a token that has expired (with at most 30 s of leeway).
	Verify(token string, now time.Time) (AccessClaims, error)
}

// OpaqueTokens creates random bearer tokens of one kind. Parse must return domain.ErrUnauthenticated for a token of another
// kind, of another length, or in any other form than it was issued in.
type OpaqueTokens interface {
	New(org domain.OrgID) domain.OpaqueToken
	Parse(token domain.Secret) (domain.OpaqueToken, error)
}

// RefreshTokens creates the tokens of refresh-token families.
type RefreshTokens interface {
	// New returns the first token of a family.
	New(org domain.OrgID, session domain.SessionID) domain.RefreshToken
	// Next returns another token of the family of token.
	Next(token domain.RefreshToken) domain.RefreshToken
	Parse(token domain.Secret) (domain.RefreshToken, error)
	// Seal encrypts the successor with a key that comes from the old token, so that the database alone cannot decrypt it.
	Seal(old, successor domain.RefreshToken) ([]byte, error)
	Open(old domain.RefreshToken, sealed []byte) (domain.RefreshToken, error)
}

// DeviceTokens creates the tokens of remembered devices.
type DeviceTokens interface {
	New(org domain.OrgID, device domain.DeviceID) DeviceToken
	Parse(token domain.Secret) (DeviceToken, error)
	// Seal encrypts the successor with a key that comes from the old token, so that the database alone cannot decrypt it.
	Seal(old, successor DeviceToken) ([]byte, error)
	Open(old DeviceToken, sealed []byte) (DeviceToken, error)
}

// DeviceToken contains the id of its device, so that the reuse of a rotated token is detected.
type DeviceToken struct {
	Org    domain.OrgID
	Device domain.DeviceID
	Hash   domain.TokenHash
	Secret domain.Secret
}
