package jose

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4/json"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// accessType distinguishes access tokens from other JWTs (RFC 9068 §2.1, RFC 8725 §3.11).
const accessType = "at+jwt"

// AccessTokens signs and verifies access tokens for one issuer and audience. It is safe
// for concurrent use.
type AccessTokens struct {
	keys             *Keys
	issuer, audience string
	checked          *lru.Cache[[sha256.Size]byte, checked]
}

// checked are the claims of a verified token, with the key that verified it.
type checked struct {
	claims
	key string
}

// checkedTokens is how many verified tokens are cached at most, about a kilobyte each.
const checkedTokens = 20_000

var _ port.AccessTokens = (*AccessTokens)(nil)

// NewAccessTokens returns AccessTokens with these keys. The issuer is the URL of this service, and the audience is the name
// of its API. An empty one is an error.
func NewAccessTokens(keys *Keys, issuer, audience string) (*AccessTokens, error) {
	if issuer == "" || audience == "" {
		return nil, errors.New("jose: access tokens need an issuer and an audience")
	}
	cache, err := lru.New[[sha256.Size]byte, checked](checkedTokens)
	if err != nil {
		return nil, fmt.Errorf("jose: make cache: %w", err)
	}
	return &AccessTokens{keys: keys, issuer: issuer, audience: audience, checked: cache}, nil
}

// Sign returns a token with the claims, signed with the key that is current at their IssuedAt. Times are cut to whole
// seconds. Claims that Verify would refuse are an error.
func (a *AccessTokens) Sign(in port.AccessClaims) (string, error) {
	c := claimsOf(in)
	c.Issuer, c.Audience, c.Client = a.issuer, a.audience, a.audience
	if in.Key != "" {
		c.Client = string(in.Subject)
	}
	if !c.complete() {
		return "", errors.New("jose: an access token lacks a claim, or has one of another kind")
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("jose: write claims: %w", err)
	}
	signed, err := a.keys.signer(in.IssuedAt).Sign(payload)
	if err != nil {
		return "", fmt.Errorf("jose: sign: %w", err)
	}
	return signed.CompactSerialize()
}

// Verify returns the claims of a token that Sign returned and that is valid at now. It returns domain.ErrTokenExpired for a
// token whose only fault is its age, and domain.ErrUnauthenticated for any other fault.
func (a *AccessTokens) Verify(token string, now time.Time) (port.AccessClaims, error) {
	c, ok := a.genuine(token)
	if !ok || !c.issuedBy(now) {
		return port.AccessClaims{}, domain.ErrUnauthenticated
	}
	if c.expiredBy(now) {
		return port.AccessClaims{}, domain.ErrTokenExpired
	}
	return c.read(), nil
}

// genuine returns the claims of a token with a valid signature and valid contents, whatever its age. It caches the result
// by the hash of the exact text, because a client sends the same token for minutes, and the check of a signature costs
// more than the rest of a request. A cached token whose key has left the ring is verified again.
func (a *AccessTokens) genuine(token string) (claims, bool) {
	if len(token) > maxToken {
		return claims{}, false
	}
	text := sha256.Sum256([]byte(token))
	if known, ok := a.checked.Get(text); ok {
		if _, verifies := a.keys.verifying(known.key); verifies {
			return known.claims, true
		}
	}
	payload, key, ok := a.keys.open(token)
	if !ok {
		return claims{}, false
	}
	c, ok := parseClaims(payload)
	if !ok || c.Issuer != a.issuer || c.Audience != a.audience {
		return claims{}, false
	}
	a.checked.Add(text, checked{c, key})
	return c, true
}
