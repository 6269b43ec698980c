package oauth

import (
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
)

// UseCases is what clients do at the endpoints of OAuth 2.0.
type UseCases struct {
	AuthenticateClient AuthenticateClient
	IssueToken         IssueToken
	Introspect         Introspect
	Revoke             Revoke
}

// Deps is what these use cases need.
type Deps struct {
	proof.Guard
	KeyHolder KeyHolder
	Bearers   proof.Bearers
	Limiter   port.Limiter
	Refresh   port.RefreshTokens
	AccessTTL time.Duration
}

// New returns the use cases.
func New(d Deps) UseCases {
	client := AuthenticateClient{KeyHolder: d.KeyHolder, Bearers: d.Bearers, Wrong: d.Wrong}
	return UseCases{
		AuthenticateClient: client,
		IssueToken:         IssueToken{Guard: d.Guard, Access: d.Bearers.Access, Limiter: d.Limiter, AccessTTL: d.AccessTTL},
		Introspect:         Introspect{Guard: d.Guard, Client: client},
		Revoke:             Revoke{Guard: d.Guard, Bearers: d.Bearers, Refresh: d.Refresh},
	}
}
