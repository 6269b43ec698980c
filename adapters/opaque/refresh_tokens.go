package opaque

import (
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// familyBytes is the size of the secret that all tokens of a family share.
const familyBytes = 16

// familyLabel makes the hash of a family differ from any other hash.
const familyLabel = "sole/refresh/family/v1"

// refreshFormat contains org, session, family and secret.
var refreshFormat = format{"rt", 2*idBytes + familyBytes + secretBytes}

// RefreshTokens creates refresh tokens, one family for each session. The zero value is ready to use.
type RefreshTokens struct{}

var _ port.RefreshTokens = RefreshTokens{}

// New creates the first token of a family. org and session must be ids.
func (RefreshTokens) New(org domain.OrgID, session domain.SessionID) domain.RefreshToken {
	return generation(slices.Concat(bytesOf(org), bytesOf(session), RandomBytes(familyBytes)))
}

// Next creates another token of the family. token must come from New, Next, Parse or Open; Next panics
// on anything else.
func (RefreshTokens) Next(token domain.RefreshToken) domain.RefreshToken {
	content, err := refreshFormat.read(token.Secret)
	if err != nil {
		panic("opaque: Next was called with something that is not a refresh token")
	}
	return generation(content[:2*idBytes+familyBytes])
}

// Parse reads a token. Text that New and Next cannot have created is domain.ErrUnauthenticated.
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

// Open decrypts the result of Seal with the same old token. Anything else, and a token of another
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

// generation creates a token of the family of the lineage (org, session, family).
func generation(lineage []byte) domain.RefreshToken {
	secret := refreshFormat.write(slices.Concat(lineage, RandomBytes(secretBytes)))
	token, err := RefreshTokens{}.Parse(secret)
	if err != nil {
		panic("opaque: a new refresh token cannot be parsed")
	}
	return token
}
