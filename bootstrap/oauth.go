package bootstrap

import (
	"context"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/oauth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// oauth returns the use cases of the endpoints of OAuth 2.0. Their clients are authenticated as callers with an API key are.
func (app *App) oauth(access port.AccessTokens, guard proof.Guard, authenticate auth.Authenticate) oauth.UseCases {
	c := app.Config
	return oauth.New(oauth.Deps{
		Guard: guard, Limiter: guard.Wrong.Limiter, Refresh: opaque.RefreshTokens{}, AccessTTL: c.AccessTTL,
		Bearers: proof.Bearers{Store: app.Store, Access: access, Keys: opaque.APIKeyTokens{}, Limits: c.Limits()},
		KeyHolder: func(ctx context.Context, visitor domain.Visitor, key domain.Secret, read proof.ReadPrincipal) (domain.Caller, error) {
			return authenticate.Execute(ctx, visitor, auth.AuthenticateInput{Token: key.Reveal(), Read: read})
		},
	})
}
