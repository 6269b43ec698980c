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

// accessType keeps access tokens and any other JWT apart (RFC 9068 §2.1, RFC 8725 §3.11).
const accessType = "at+jwt"

// AccessTokens signs and verifies access tokens for one issuer and audience. It is safe
// for concurrent use.
type AccessTokens struct {
	keys             *Keys
	issuer, audience string
	checked          *lru.Cache[[sha256.Size]byte, checked]
}

// checked is a token that was found genuine, and under which key.
type checked struct {
	claims
	key string
}

// checkedTokens bounds how many tokens are remembered as genuine, about a kilobyte each.
const checkedTokens = 20_000

var _ port.AccessTokens = (*AccessTokens)(nil)

// NewAccessTokens makes tokens with keys. The issuer is this service's URL, the audience
// the name under which its API takes tokens; neither may be empty.
func NewAccessTokens(keys *Keys, issuer, audience string) (*AccessTokens, error) {
	if issuer == "" || audience == "" {
		return nil, errors.New("jose: access tokens need an issuer and an audience")
	}
	cache, err := lru.New[[sha256.Size]byte, checked](checkedTokens)
	if err != nil {
		return nil, fmt.Errorf("jose: make cache: %w", err)
	}
	return &AccessTokens{keys, issuer, audience, cache}, nil
}

// Sign writes the claims as a token, under the key whose turn it is at their issue. Times lose their fractions of a second. Claims that
// Verify would refuse are an error.
func (a *AccessTokens) Sign(in port.AccessClaims) (string, error) {
	c := claims{
		Issuer: a.issuer, Audience: a.audience, Client: a.audience,
		ID: in.ID, Subject: in.Subject, Org: in.Org, Session: in.Session, AMR: in.AMR, ACR: in.ACR,
		AuthTime: in.AuthTime.Unix(), IssuedAt: in.IssuedAt.Unix(), Expires: in.Expires.Unix(),
	}
	if !c.complete() {
		return "", errors.New("jose: an access token lacks a claim")
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

// Verify returns the claims of a token that Sign made and that lives at now. A token
// whose only fault is its age is domain.ErrTokenExpired, any other domain.ErrUnauthenticated.
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

// genuine returns the claims of a token whose signature and contents are ours. What it
// finds genuine it remembers by the hash of the exact text, because a client sends the
// same token for minutes and the RSA check costs more than all the rest of a request's
// computing. Time is no part of it, Verify looks at the clock every time; nor is the ring:
// a token under a key that has left it is no longer remembered.
func (a *AccessTokens) genuine(token string) (claims, bool) {
	if len(token) > maxToken {
		return claims{}, false
	}
	text := sha256.Sum256([]byte(token))
	if known, ok := a.checked.Get(text); ok && a.keys.verifying(known.key) != nil {
		return known.claims, true
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
