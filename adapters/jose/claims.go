package jose

import (
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4/json"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// leeway is the difference between two clocks that is tolerated, in seconds. It prolongs the life of a token and admits
// tokens that are issued in the near future.
const leeway = 30

// claims is the payload of an access token (RFC 9068 §2.2). Times are whole seconds since 1970. A token is of a person, with a
// session, or of a service account, with the API key for which it was issued. The claims of the other kind are absent.
type claims struct {
	Issuer   string            `json:"iss"`
	Audience string            `json:"aud"`
	Subject  domain.UserID     `json:"sub"`
	Expires  int64             `json:"exp"`
	IssuedAt int64             `json:"iat"`
	ID       string            `json:"jti"`
	Client   string            `json:"client_id"`
	Org      domain.OrgID      `json:"org"`
	Session  *domain.SessionID `json:"sid,omitempty"`
	AMR      *[]domain.AMR     `json:"amr,omitempty"`
	ACR      *domain.ACR       `json:"acr,omitempty"`
	AuthTime *int64            `json:"auth_time,omitempty"`
	Key      *domain.APIKeyID  `json:"key_id,omitempty"`
	Scope    *string           `json:"scope,omitempty"` // permissions, separated by single spaces; empty: none
}

// claimsOf returns the payload for the claims. Those of both kinds at once are incomplete.
func claimsOf(in port.AccessClaims) claims {
	c := claims{
		ID: in.ID, Subject: in.Subject, Org: in.Org, IssuedAt: in.IssuedAt.Unix(), Expires: in.Expires.Unix(),
	}
	if in.Key != "" || len(in.Scope) > 0 {
		scope := domain.ScopeText(in.Scope)
		c.Key, c.Scope = &in.Key, &scope
	}
	if in.Session != "" || len(in.AMR) > 0 || in.ACR != "" || !in.AuthTime.IsZero() {
		at := in.AuthTime.Unix()
		c.Session, c.AMR, c.ACR, c.AuthTime = &in.Session, &in.AMR, &in.ACR, &at
	}
	return c
}

// parseClaims parses a payload. It compares names exactly, and returns an error for a repeated name and for a value of
// another type. It ignores unknown names (RFC 7519 §4).
func parseClaims(payload []byte) (c claims, ok bool) {
	if err := json.Unmarshal(payload, &c); err != nil || !c.complete() {
		return c, false
	}
	var named map[string]json.RawMessage // null is no value, but the claim is there
	err := json.Unmarshal(payload, &named)
	return c, err == nil && !slices.ContainsFunc(c.foreign(), func(name string) bool { return named[name] != nil })
}

// complete reports whether every claim of the token's kind is there, and none of the other kind.
func (c claims) complete() bool {
	return c.Issuer != "" && c.Audience != "" && c.ID != "" && domain.IsID(string(c.Subject)) && domain.IsID(string(c.Org)) &&
		c.IssuedAt > 0 && c.Expires > 0 && c.ofPerson() != c.ofService()
}

// foreign returns the names of the claims that only tokens of the other kind have.
func (c claims) foreign() []string {
	if c.ofService() {
		return []string{"sid", "amr", "acr", "auth_time"}
	}
	return []string{"key_id", "scope"}
}

// ofPerson reports whether the token has every claim of a person's token and none that only a service account's has.
func (c claims) ofPerson() bool {
	return c.Key == nil && c.Scope == nil && c.Client == c.Audience &&
		c.Session != nil && domain.IsID(string(*c.Session)) && c.ACR != nil && *c.ACR != "" &&
		c.AMR != nil && len(*c.AMR) > 0 && !slices.Contains(*c.AMR, "") && c.AuthTime != nil && *c.AuthTime > 0
}

// ofService is ofPerson for the token of a service account.
func (c claims) ofService() bool {
	return c.Session == nil && c.AMR == nil && c.ACR == nil && c.AuthTime == nil && c.Client == string(c.Subject) &&
		c.Key != nil && domain.IsID(string(*c.Key)) && c.Scope != nil && isScope(*c.Scope)
}

// isScope reports whether a text is a scope as it is written here: empty, or names separated by single spaces.
func isScope(text string) bool {
	_, err := domain.ParseScope(text)
	return text == "" || err == nil
}

// issuedBy reports whether the token was issued before now, plus the leeway.
func (c claims) issuedBy(now time.Time) bool { return c.IssuedAt <= now.Unix()+leeway }

// expiredBy reports whether the token has expired at now, minus the leeway.
func (c claims) expiredBy(now time.Time) bool { return now.Unix()-leeway >= c.Expires }

func (c claims) read() port.AccessClaims {
	read := port.AccessClaims{
		ID: c.ID, Subject: c.Subject, Org: c.Org,
		IssuedAt: time.Unix(c.IssuedAt, 0).UTC(), Expires: time.Unix(c.Expires, 0).UTC(),
	}
	if c.Key != nil {
		read.Key = *c.Key
		read.Scope, _ = domain.ParseScope(*c.Scope) // an empty one has no permissions
		return read
	}
	read.Session, read.AMR, read.ACR, read.AuthTime = *c.Session, slices.Clone(*c.AMR), *c.ACR, time.Unix(*c.AuthTime, 0).UTC()
	return read
}
