package http

import (
	"context"
	"errors"
	nethttp "net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/domain"
)

// The errors of OAuth 2.0 (RFC 6749 §5.2, and §4.1.2.1 for the last two).
const (
	oauthInvalidRequest     = "invalid_request"
	oauthInvalidClient      = "invalid_client"
	oauthUnauthorizedClient = "unauthorized_client"
	oauthUnsupportedGrant   = "unsupported_grant_type"
	oauthInvalidScope       = "invalid_scope"
	oauthServerError        = "server_error"
	oauthUnavailable        = "temporarily_unavailable"
)

// OAuthError is the body of every failure at the endpoints of OAuth 2.0.
type OAuthError struct {
	Name        string `json:"error" doc:"The error of RFC 6749, for programs. The description of the response lists them."`
	Description string `json:"error_description" doc:"What is wrong and what to do about it."`

	status  int
	headers nethttp.Header
}

// Error implements error.
func (e *OAuthError) Error() string { return e.Name }

// GetStatus implements huma.StatusError.
func (e *OAuthError) GetStatus() int { return e.status }

// GetHeaders implements huma.HeadersError.
func (e *OAuthError) GetHeaders() nethttp.Header { return e.headers }

// ContentType implements huma.ContentTypeFilter.
func (e *OAuthError) ContentType(string) string { return oauthJSON }

func oauthFailure(status int, name, description string) *OAuthError {
	return &OAuthError{Name: name, Description: description, status: status, headers: nethttp.Header{}}
}

func malformedRequest(description string) error {
	return oauthFailure(nethttp.StatusBadRequest, oauthInvalidRequest, description)
}

// invalidClient asks for Basic, whatever the client has tried (RFC 6749 §5.2).
func invalidClient(description string) *OAuthError {
	failure := oauthFailure(nethttp.StatusUnauthorized, oauthInvalidClient, description)
	failure.headers.Set("WWW-Authenticate", `Basic realm="sole", charset="UTF-8"`)
	return failure
}

// refusedClients are the codes with which a client is not authenticated. Once it is, no use case returns them.
var refusedClients = []domain.Code{
	domain.CodeUnauthenticated, domain.CodeInvalidCredentials, domain.CodeTokenExpired, domain.CodeTokenRevoked,
	domain.CodeAccountSuspended, domain.CodeOrgSuspended,
}

// oauthErrorOf turns a failure into one of OAuth 2.0, which says the same.
func oauthErrorOf(err error, p *Problem) *OAuthError {
	failure := oauthFailure(p.Status, oauthInvalidRequest, p.Detail)
	switch {
	case errors.Is(err, domain.ErrInvalidScope):
		failure.status, failure.Name = nethttp.StatusBadRequest, oauthInvalidScope
	case errors.Is(err, domain.ErrOtherClient):
		failure.status, failure.Name = nethttp.StatusBadRequest, oauthUnauthorizedClient
	case p.Code == domain.CodePermissionDenied:
		failure.Name = oauthUnauthorizedClient
	case errors.Is(err, domain.ErrKeyNetwork) || slices.Contains(refusedClients, p.Code):
		return invalidClient(p.Detail)
	case p.Code == domain.CodeOrgMismatch || p.Code == domain.CodeOrgNotFound:
		failure.status = nethttp.StatusBadRequest
	case p.Code == domain.CodeRateLimited || p.Code == domain.CodeUnavailable:
		failure.Name = oauthUnavailable
	case p.Status >= nethttp.StatusInternalServerError:
		failure.Name = oauthServerError
	}
	if wait := p.headers.Get("Retry-After"); wait != "" {
		failure.headers.Set("Retry-After", wait)
	}
	return failure
}

// failure is the body of a failure: a problem document, or an error of OAuth 2.0.
type failure interface {
	huma.StatusError
	huma.HeadersError
	huma.ContentTypeFilter
}

// failureOf returns the body for a failure of the request.
func failureOf(ctx context.Context, err error) failure {
	if own, ok := errors.AsType[*OAuthError](err); ok {
		return own
	}
	return failureAs(ctx, err, problemOf(ctx, err))
}

// failureAs returns the problem, as the endpoint of the request writes it.
func failureAs(ctx context.Context, err error, p *Problem) failure {
	if requestOf(ctx).oauth {
		return oauthErrorOf(err, p)
	}
	return p
}

// oauthResponses returns a reference to a shared component for each status with which the operation can fail.
func (s *Server) oauthResponses(r route) map[string]*huma.Response {
	byStatus := map[int][]string{
		400: {oauthInvalidRequest}, 401: {oauthInvalidClient}, 408: {oauthInvalidRequest}, 413: {oauthInvalidRequest},
		415: {oauthInvalidRequest}, 429: {oauthUnavailable}, 500: {oauthServerError}, 503: {oauthUnavailable},
	}
	for _, name := range r.refuses {
		status := 400
		if r.needs.Permission != "" && name == oauthUnauthorizedClient {
			status = 403
		}
		byStatus[status] = append(byStatus[status], name)
	}
	components, responses := s.api.OpenAPI().Components, map[string]*huma.Response{}
	for status, names := range byStatus {
		name := "OAuth" + strings.ReplaceAll(nethttp.StatusText(status), " ", "")
		for _, refusal := range names[min(1, len(names)-1):] {
			if len(names) > 1 {
				name += pascal(refusal)
			}
		}
		if components.Responses[name] == nil {
			components.Responses[name] = s.oauthResponse(status, names)
		}
		responses[statusKey(status)] = &huma.Response{Ref: "#/components/responses/" + name}
	}
	return responses
}

func (s *Server) oauthResponse(status int, names []string) *huma.Response {
	return &huma.Response{
		Description: nethttp.StatusText(status) + ". `error` is `" + strings.Join(names, "`, `") + "`.",
		Headers:     problemHeaders(status),
		Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[OAuthError](), true, "")},
		},
		Extensions: map[string]any{"x-codes": names},
	}
}

// describeForm describes the body of a request to an endpoint of OAuth 2.0, and that of its response without the character set.
func (s *Server) describeForm(described *huma.Operation, r route) {
	schema := s.api.OpenAPI().Components.Schemas.Schema(r.form, true, "")
	described.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{r.body.media: {Schema: schema}}}
	if content := described.Responses["200"].Content; content[oauthJSON] != nil {
		content["application/json"] = content[oauthJSON]
		delete(content, oauthJSON)
	}
}

// pascal returns a name such as InvalidScope for invalid_scope.
func pascal(name string) (joined string) {
	for word := range strings.SplitSeq(name, "_") {
		joined += strings.ToUpper(word[:1]) + word[1:]
	}
	return joined
}
