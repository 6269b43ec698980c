package opaque

import (
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// familyBytes is the size of the secret that all generations of a family share.
const familyBytes = 16

// familyLabel keeps the hash of a family apart from any other hash.
const familyLabel = "sole/refresh/family/v1"

// refreshFormat holds org, session, family and secret.
var refreshFormat = format{"rt", 2*idBytes + familyBytes + secretBytes}

// RefreshTokens makes the generations of refresh-token families. The zero value is ready to use.
type RefreshTokens struct{}

var _ port.RefreshTokens = RefreshTokens{}

// New starts a family; org and session must be ids.
func (RefreshTokens) New(org domain.OrgID, session domain.SessionID) domain.RefreshToken {
	return generation(slices.Concat(bytesOf(org), bytesOf(session), random(familyBytes)))
}

// Next makes another generation of the family of token, which must have come from New,
// Next, Parse or Open; it panics on anything else.
func (RefreshTokens) Next(token domain.RefreshToken) domain.RefreshToken {
	content, err := refreshFormat.read(token.Secret)
	if err != nil {
		panic("opaque: the next generation of no refresh token")
	}
	return generation(content[:2*idBytes+familyBytes])
}

// Parse reads a token; what New and Next cannot have made is domain.ErrUnauthenticated.
func (RefreshTokens) Parse(token domain.Secret) (domain.RefreshToken, error) {
	content, err := refreshFormat.read(token)
	if err != nil {
		return domain.RefreshToken{}, err
	}
	session := content[idBytes : 2*idBytes]
	family := content[2*idBytes : 2*idBytes+familyBytes]
	return domain.RefreshToken{
		Org: idOf[domain.OrgID](content), Session: idOf[domain.SessionID](session),
		FamilyHash: digest(slices.Concat([]byte(familyLabel), session, family)),
		Hash:       hash(token), Secret: token,
	}, nil
}

var refreshSuccessors = successors{"sole/refresh/successor/v1"}

// Seal implements port.RefreshTokens.
func (RefreshTokens) Seal(old, successor domain.RefreshToken) ([]byte, error) {
	return refreshSuccessors.seal(old.Secret, successor.Secret)
}

// Open decrypts what Seal made with the same old token. Anything else, and a token of another
// family, is domain.ErrUnauthenticated.
func (t RefreshTokens) Open(old domain.RefreshToken, sealed []byte) (domain.RefreshToken, error) {
	text, err := refreshSuccessors.open(old.Secret, sealed)
	if err != nil {
		return domain.RefreshToken{}, err
	}
	successor, err := t.Parse(text)
	if err != nil || successor.Org != old.Org || !successor.FamilyHash.Equal(old.FamilyHash) {
		return domain.RefreshToken{}, domain.ErrUnauthenticated
	}
	return successor, nil
}

// generation makes a token of the family that lineage (org, session, family) names.
func generation(lineage []byte) domain.RefreshToken {
	secret := refreshFormat.write(slices.Concat(lineage, random(secretBytes)))
	token, err := RefreshTokens{}.Parse(secret)
	if err != nil {
		panic("opaque: a refresh token that does not read back")
	}
	return token
}
