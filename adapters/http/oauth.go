package http

import (
	"cmp"
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/oauth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// oauthBase is the beginning of the paths of OAuth 2.0. Their failures are those of RFC 6749 instead of problem documents.
const oauthBase = "/oauth2/"

// The endpoints of OAuth 2.0.
const (
	tokenPath      = oauthBase + "token"
	introspectPath = oauthBase + "introspect"
	revokePath     = oauthBase + "revoke"
)

func ofOAuth(path string) bool { return strings.HasPrefix(path, oauthBase) }

// oauthAPI issues, describes and ends the tokens of programs.
type oauthAPI struct {
	uc               oauth.UseCases
	issuer, audience string
}

func (a oauthAPI) mount(s *Server) {
	t := table{server: s, tag: "OAuth 2.0", root: true}
	clients(t, "POST "+tokenPath, route{
		id: "issue-token", form: reflect.TypeFor[tokenForm](), refuses: []string{oauthUnsupportedGrant, oauthInvalidScope},
	}, authenticated(a.uc.AuthenticateClient, a.token))
	clients(t, "POST "+introspectPath, route{
		id: "introspect-token", form: reflect.TypeFor[introspectForm](), needs: oauth.IntrospectNeeds, refuses: []string{oauthUnauthorizedClient},
	}, a.introspect)
	clients(t, "POST "+revokePath, route{
		id: "revoke-token", form: reflect.TypeFor[revokeForm](), status: 200, refuses: []string{oauthUnauthorizedClient},
	}, authenticated(a.uc.AuthenticateClient, a.revoke))
}

// oauthJSON is the media type of the responses, as RFC 6749 §5.1 writes it.
const oauthJSON = "application/json;charset=UTF-8"

// ClientForm is how a client authenticates in the body, instead of with Basic.
type ClientForm struct {
	ClientID     string `json:"client_id,omitempty" doc:"The id of the service account, unless the header Authorization has it."`
	ClientSecret string `json:"client_secret,omitempty" doc:"One of its API keys, unless the header Authorization has it."`
}

type tokenForm struct {
	_ struct{} `additionalProperties:"true"`
	ClientForm
	GrantType string `json:"grant_type" enum:"client_credentials"`
	Scope     string `json:"scope,omitempty" doc:"Some of the client's permissions, separated by spaces. Without it: all."`
}

type accessToken struct {
	AccessToken string `json:"access_token" doc:"A JWT (RFC 9068), signed with RS256 or ES256."`
	TokenType   string `json:"token_type" enum:"Bearer"`
	ExpiresIn   int    `json:"expires_in" doc:"Lifetime in seconds."`
	Scope       string `json:"scope" doc:"What the token can do at most: permissions, separated by spaces."`
}

// ContentType implements huma.ContentTypeFilter.
func (accessToken) ContentType(string) string { return oauthJSON }

type accessTokenResponse struct{ Body accessToken }

const clientCredentials = "client_credentials"

func (a oauthAPI) token(ctx context.Context, client domain.Caller, form form) (*accessTokenResponse, error) {
	switch form["grant_type"] {
	case "":
		return nil, malformedRequest("The parameter grant_type is missing. Send client_credentials.")
	case clientCredentials:
	default:
		return nil, oauthFailure(400, oauthUnsupportedGrant, "The only grant type here is client_credentials.")
	}
	token, err := a.uc.IssueToken.Execute(ctx, client, form["scope"])
	if err != nil {
		return nil, err
	}
	return &accessTokenResponse{Body: accessToken{
		AccessToken: token.Access.Reveal(), TokenType: "Bearer", ExpiresIn: int(token.ExpiresIn / time.Second),
		Scope: domain.ScopeText(token.Scope),
	}}, nil
}

type introspectForm struct {
	_ struct{} `additionalProperties:"true"`
	ClientForm
	Token string `json:"token" doc:"An access token or an API key."`
	Hint  string `json:"token_type_hint,omitempty" doc:"Is not needed, and changes nothing."`
}

type introspection struct {
	Active    bool         `json:"active" doc:"Whether the token is in force at this moment. If it is not, this is the only member."`
	Scope     *string      `json:"scope,omitempty" doc:"What the token can do now: permissions, separated by spaces."`
	ClientID  string       `json:"client_id,omitempty" doc:"The client_id of the token; of a service account its id."`
	TokenType string       `json:"token_type,omitempty" enum:"Bearer"`
	Expires   int64        `json:"exp,omitempty" doc:"When the token, or the API key, expires: seconds since 1970."`
	IssuedAt  int64        `json:"iat,omitempty" doc:"When it was issued: seconds since 1970."`
	Subject   string       `json:"sub,omitempty" doc:"The id of the account."`
	Audience  string       `json:"aud,omitempty"`
	Issuer    string       `json:"iss,omitempty"`
	ID        string       `json:"jti,omitempty" doc:"The id of the token; of an API key its id."`
	Type      string       `json:"type,omitempty" enum:"person,service_account"`
	Org       domain.OrgID `json:"org,omitempty"`
	Session   string       `json:"sid,omitempty" doc:"Of a person: the session."`
	AMR       []domain.AMR `json:"amr,omitempty" enum:"pwd,otp,pop,rc,dev" doc:"Of a person: how they signed in."`
	ACR       domain.ACR   `json:"acr,omitempty" enum:"aal1,aal2" doc:"Of a person: the level of assurance."`
	AuthTime  int64        `json:"auth_time,omitempty" doc:"Of a person: when they signed in: seconds since 1970."`
	Key       string       `json:"key_id,omitempty" doc:"Of a service account: the API key for which the token was issued, or which it is."`
}

// ContentType implements huma.ContentTypeFilter.
func (introspection) ContentType(string) string { return oauthJSON }

type introspectResponse struct{ Body introspection }

func (a oauthAPI) introspect(ctx context.Context, in clientRequest) (*introspectResponse, error) {
	token, missing := in.form.token() // which only an authenticated client is told
	client, found, err := a.uc.Introspect.Execute(ctx, oauth.IntrospectInput{Visitor: in.visitor, Credentials: in.given, Token: token})
	if client.User.ID != "" {
		in.admit(client)
	}
	if err = cmp.Or(err, missing); err != nil || !found.Active {
		return &introspectResponse{}, err
	}
	return &introspectResponse{Body: a.describe(found)}, nil
}

func (a oauthAPI) describe(found oauth.Introspection) introspection {
	p, claims := found.Principal, found.Bearer.Claims
	if found.Bearer.IsKey() {
		claims = port.AccessClaims{ID: string(p.Key.ID), Key: p.Key.ID, Expires: p.Key.ExpiresAt, IssuedAt: p.Key.CreatedAt}
	}
	scope := domain.ScopeText(p.Permissions())
	shown := introspection{
		Active: true, Scope: &scope, TokenType: "Bearer", Expires: claims.Expires.Unix(), IssuedAt: claims.IssuedAt.Unix(),
		Subject: string(p.User.ID), Audience: a.audience, Issuer: a.issuer, ID: claims.ID, Org: p.Org.ID,
	}
	if p.Service() {
		shown.Type, shown.ClientID, shown.Key = string(domain.ActorServiceAccount), string(p.User.ID), string(claims.Key)
		return shown
	}
	shown.Type, shown.ClientID = "person", a.audience
	shown.Session, shown.AMR, shown.ACR, shown.AuthTime = string(p.Session.ID), p.Session.AMR, p.Session.ACR(), p.Session.AuthTime.Unix()
	return shown
}

type revokeForm struct {
	_ struct{} `additionalProperties:"true"`
	ClientForm
	Token string `json:"token" doc:"An access token, a refresh token or an API key."`
	Hint  string `json:"token_type_hint,omitempty" doc:"Is not needed, and changes nothing."`
}

func (a oauthAPI) revoke(ctx context.Context, client domain.Caller, form form) (*nothing, error) {
	token, err := form.token()
	if err != nil {
		return nil, err
	}
	return nil, a.uc.Revoke.Execute(ctx, client, token)
}
