package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// tokensAPI refreshes the tokens of a session and ends sessions.
type tokensAPI struct{ uc auth.UseCases }

func (a tokensAPI) mount(s *Server) {
	t := table{server: s, tag: "Sign-in"}
	open(t, "POST /auth/refresh", route{id: "refresh", fails: []int{401, 403}}, a.refresh)
	secured(t, "POST /auth/logout", proof.OwnAccount, route{id: "logout"}, a.logout)
	secured(t, "POST /auth/logout-all", proof.OwnAccount, route{id: "logout-all"}, a.logoutAll)
}

type tokens struct {
	AccessToken      string `json:"access_token" doc:"A JWT (RFC 9068), signed with RS256 or ES256."`
	TokenType        string `json:"token_type" enum:"Bearer"`
	ExpiresIn        int    `json:"expires_in" doc:"Lifetime of the access token in seconds."`
	RefreshToken     string `json:"refresh_token" doc:"For one refresh."`
	RefreshExpiresIn int    `json:"refresh_expires_in" doc:"Seconds until the session ends."`
}

func showTokens(t *auth.Tokens) *tokens {
	if t == nil {
		return nil
	}
	return &tokens{
		AccessToken: t.Access.Reveal(), TokenType: "Bearer", ExpiresIn: int(t.ExpiresIn / time.Second),
		RefreshToken: t.Refresh.Reveal(), RefreshExpiresIn: int(t.RefreshExpiresIn / time.Second),
	}
}

type refreshRequest struct {
	Body struct {
		RefreshToken string `json:"refresh_token" maxLength:"300"`
	}
}

type tokensResponse struct{ Body *tokens }

func (a tokensAPI) refresh(ctx context.Context, visitor domain.Visitor, in *refreshRequest) (*tokensResponse, error) {
	result, err := a.uc.Refresh.Execute(ctx, visitor, domain.NewSecret(in.Body.RefreshToken))
	if err != nil {
		return nil, err
	}
	NoteOrg(ctx, result.Org)
	return &tokensResponse{Body: showTokens(result)}, nil
}

func (a tokensAPI) logout(ctx context.Context, caller domain.Caller, _ *nothing) (*nothing, error) {
	return nil, a.uc.Logout.Execute(ctx, caller)
}

func (a tokensAPI) logoutAll(ctx context.Context, caller domain.Caller, _ *nothing) (*nothing, error) {
	return nil, a.uc.LogoutAll.Execute(ctx, caller)
}
