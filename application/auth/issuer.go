package auth

import (
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Issuer creates sessions and their tokens.
type Issuer struct {
	Access    port.AccessTokens
	Refresh   port.RefreshTokens
	NewID     port.NewID
	AccessTTL time.Duration
	Limits    domain.ServerLimits
}

// open creates a session and the first token of its family of refresh tokens. The session always has a
// new id: nothing that a client sent before signing in becomes part of it.
func (i Issuer) open(
	visitor domain.Visitor, org domain.OrgID, user domain.UserID, proven []domain.AMR, now time.Time,
) (domain.Session, domain.RefreshToken) {
	session := domain.Session{
		ID: domain.SessionID(i.NewID()), User: user, AMR: proven, AuthTime: now,
		CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(i.Limits.SessionLifetime),
		Address: visitor.Address, UserAgent: visitor.UserAgent,
	}
	token := i.Refresh.New(org, session.ID)
	session.Refresh = token.Family()
	return session, token
}

// tokens signs an access token for the session. It never outlives the session.
func (i Issuer) tokens(org domain.OrgID, session domain.Session, refresh domain.RefreshToken, now time.Time) (*Tokens, error) {
	ttl := min(i.AccessTTL, session.ExpiresAt.Sub(now))
	access, err := i.Access.Sign(port.AccessClaims{
		ID: i.NewID(), Subject: session.User, Org: org, Session: session.ID, AMR: session.AMR, ACR: session.ACR(),
		AuthTime: session.AuthTime, IssuedAt: now, Expires: now.Add(ttl),
	})
	if err != nil {
		return nil, err
	}
	return &Tokens{
		Org: org, Access: domain.NewSecret(access), ExpiresIn: ttl,
		Refresh: refresh.Secret, RefreshExpiresIn: session.ExpiresAt.Sub(now),
	}, nil
}
