package http

import (
	nethttp "net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/domain"
)

// failureResponses returns a response for each status that the operation can fail with.
func (s *Server) failureResponses(o operation) map[string]*huma.Response {
	if o.who == accessClient {
		return s.oauthResponses(o.route)
	}
	return s.problemResponses(o)
}

// problemResponses returns a reference to a shared component for each status that the operation can fail with.
func (s *Server) problemResponses(o operation) map[string]*huma.Response {
	components := s.api.OpenAPI().Components
	responses := map[string]*huma.Response{}
	codes, names := o.failures()
	for status := range codes {
		name := strings.ReplaceAll(nethttp.StatusText(status), " ", "") + names[status]
		if components.Responses[name] == nil {
			components.Responses[name] = problemResponse(s.api, status, codes[status])
		}
		responses[statusKey(status)] = &huma.Response{Ref: "#/components/responses/" + name}
	}
	return responses
}

// problemResponse describes the problem documents of one status. The extension x-codes lists their codes.
func problemResponse(api huma.API, status int, codes []domain.Code) *huma.Response {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = "`" + string(code) + "`"
	}
	return &huma.Response{
		Description: nethttp.StatusText(status) + ". `code` is " + strings.Join(names, ", ") + ".",
		Headers:     problemHeaders(status),
		Content:     map[string]*huma.MediaType{problemJSON: {Schema: api.OpenAPI().Components.Schemas.Schema(problemType, true, "")}},
		Extensions:  map[string]any{"x-codes": codes},
	}
}

func problemHeaders(status int) map[string]*huma.Header {
	names := map[int][]string{401: {"WWW-Authenticate"}, 429: {"Retry-After"}, 503: {"Retry-After"}}[status]
	headers := map[string]*huma.Header{}
	for _, name := range names {
		headers[name] = &huma.Header{Ref: "#/components/headers/" + name}
	}
	return headers
}

// sharedHeaders are the headers of problem responses.
func sharedHeaders() map[string]*huma.Header {
	text := func(description string) *huma.Header {
		return &huma.Header{Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return map[string]*huma.Header{
		"WWW-Authenticate": text("How to authenticate (RFC 6750, RFC 9470)."),
		"Retry-After":      {Description: "Seconds to wait before trying again.", Schema: &huma.Schema{Type: huma.TypeInteger}},
	}
}
