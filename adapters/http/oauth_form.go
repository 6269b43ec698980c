package http

import (
	"context"
	"encoding/base64"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/application/oauth"
	"github.com/sole-platform/sole/domain"
)

// oauthBody is the body of a request to an endpoint of OAuth 2.0. An access token has at most 8 KiB, and encoding can triple it.
var oauthBody = bodyKind{media: "application/x-www-form-urlencoded", limit: 32 << 10}

type formRequest struct {
	RawBody []byte `contentType:"application/x-www-form-urlencoded"`
}

// clientRequest is a request of a client that is not authenticated yet.
type clientRequest struct {
	form    form
	visitor domain.Visitor
	given   oauth.Credentials
	under   *request
}

// admit notes who the client is.
func (r clientRequest) admit(client domain.Caller) {
	r.under.caller, r.under.org = client, client.Org.ID
}

// authenticated authenticates the client before the handler runs.
func authenticated[O any](
	authenticate oauth.AuthenticateClient, handle func(context.Context, domain.Caller, form) (*O, error),
) func(context.Context, clientRequest) (*O, error) {
	return func(ctx context.Context, in clientRequest) (*O, error) {
		client, err := authenticate.Execute(ctx, in.visitor, in.given)
		if err != nil {
			return nil, err
		}
		in.admit(client)
		return handle(ctx, client, in.form)
	}
}

// clients adds a route for service accounts that authenticate with an API key, as clients of OAuth 2.0.
func clients[O any](t table, at string, r route, handle func(context.Context, clientRequest) (*O, error)) {
	r = t.row(at, r)
	r.body = oauthBody
	mount(t.server, r, accessClient, t.server.admission.noteClient, func(ctx context.Context, in *formRequest) (*O, error) {
		sent, err := parseForm(in.RawBody)
		if err != nil {
			return nil, err
		}
		under := requestOf(ctx)
		given, err := sent.credentials(under.authorization)
		if err != nil {
			return nil, err
		}
		visitor := domain.Visitor{Origin: under.origin, Org: under.org}
		return handle(ctx, clientRequest{form: sent, visitor: visitor, given: given, under: under})
	})
}

// noteClient admits requests that name no org or an active one. The client is authenticated when the body is there.
func (a admission) noteClient(ctx huma.Context) error {
	under := requestOf(ctx.Context())
	if under.query {
		return malformedRequest("Send the parameters in the body, not in the URL.")
	}
	under.authorization = ctx.Header("Authorization")
	return a.hintOrg(ctx)
}

// form is the parameters of a request, without those that are empty (RFC 6749 §3.2).
type form map[string]string

// parseForm returns the parameters of a body. It returns invalid_request for a body that is malformed or has a parameter twice.
func parseForm(body []byte) (form, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, malformedRequest("The body is not a form: send it as application/x-www-form-urlencoded.")
	}
	sent := form{}
	for name, all := range values {
		if len(all) > 1 {
			return nil, malformedRequest("A parameter is sent twice. Send each of them once.")
		}
		if !isText(name) || !isText(all[0]) {
			return nil, malformedRequest("A parameter has characters that are not text in UTF-8.")
		}
		if all[0] != "" {
			sent[name] = all[0]
		}
	}
	return sent, nil
}

func isText(value string) bool { return utf8.ValidString(value) && !strings.ContainsRune(value, 0) }

// token returns the parameter token.
func (f form) token() (domain.Secret, error) {
	if f["token"] == "" {
		return domain.Secret{}, malformedRequest("The parameter token is missing.")
	}
	return domain.NewSecret(f["token"]), nil
}

// credentials returns the id and the secret of the client, from the header Authorization or from the body (RFC 6749 §2.3.1).
func (f form) credentials(authorization string) (oauth.Credentials, error) {
	id, secret := f["client_id"], f["client_secret"]
	if authorization == "" {
		if id == "" || secret == "" {
			return oauth.Credentials{}, invalidClient("Authenticate the client: send its id and one of its API keys.")
		}
		return oauth.Credentials{ID: id, Secret: domain.NewSecret(secret)}, nil
	}
	given, ok := basicCredentials(authorization)
	switch {
	case secret != "" || ok && id != "" && id != given.ID:
		return oauth.Credentials{}, malformedRequest("Authenticate the client in one way only: in the header Authorization or in the body.")
	case !ok:
		return oauth.Credentials{}, invalidClient("The header Authorization is malformed. Send Basic with the client id and the API key.")
	}
	return given, nil
}

// basicCredentials reads the header Authorization. Both parts are form-encoded before they are joined.
func basicCredentials(authorization string) (oauth.Credentials, bool) {
	scheme, encoded, _ := strings.Cut(authorization, " ")
	joined, err := base64.StdEncoding.DecodeString(encoded)
	id, secret, found := strings.Cut(string(joined), ":")
	if !strings.EqualFold(scheme, "Basic") || err != nil || !found {
		return oauth.Credentials{}, false
	}
	id, idErr := url.QueryUnescape(id)
	secret, secretErr := url.QueryUnescape(secret)
	return oauth.Credentials{ID: id, Secret: domain.NewSecret(secret)}, idErr == nil && secretErr == nil
}
