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

// claims is the payload of an access token (RFC 9068 §2.2). Times are whole seconds since 1970.
type claims struct {
	Issuer   string           `json:"iss"`
	Audience string           `json:"aud"`
	Subject  domain.UserID    `json:"sub"`
	Expires  int64            `json:"exp"`
	IssuedAt int64            `json:"iat"`
	ID       string           `json:"jti"`
	Client   string           `json:"client_id"`
	Org      domain.OrgID     `json:"org"`
	Session  domain.SessionID `json:"sid"`
	AMR      []domain.AMR     `json:"amr"`
	ACR      domain.ACR       `json:"acr"`
	AuthTime int64            `json:"auth_time"`
}

// parseClaims parses a payload. It compares names exactly, and returns an error for a repeated name and for a value of
// another type. It ignores unknown names (RFC 7519 §4).
func parseClaims(payload []byte) (c claims, ok bool) {
	err := json.Unmarshal(payload, &c)
	return c, err == nil && c.complete()
}

// complete reports whether no claim is empty or zero.
func (c claims) complete() bool {
	return c.Issuer != "" && c.Audience != "" && c.Client == c.Audience && c.ID != "" && c.ACR != "" &&
		len(c.AMR) > 0 && !slices.Contains(c.AMR, "") &&
		domain.IsID(string(c.Subject)) && domain.IsID(string(c.Org)) && domain.IsID(string(c.Session)) &&
		c.IssuedAt > 0 && c.AuthTime > 0 && c.Expires > 0
}

// issuedBy reports whether the token was issued before now, plus the leeway.
func (c claims) issuedBy(now time.Time) bool { return c.IssuedAt <= now.Unix()+leeway }

// expiredBy reports whether the token has expired at now, minus the leeway.
func (c claims) expiredBy(now time.Time) bool { return now.Unix()-leeway >= c.Expires }

func (c claims) read() port.AccessClaims {
	return port.AccessClaims{
		ID: c.ID, Subject: c.Subject, Org: c.Org, Session: c.Session, AMR: slices.Clone(c.AMR), ACR: c.ACR,
		AuthTime: time.Unix(c.AuthTime, 0).UTC(), IssuedAt: time.Unix(c.IssuedAt, 0).UTC(), Expires: time.Unix(c.Expires, 0).UTC(),
	}
}
