package http

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	nethttp "net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

// Problem is the body of every failure (RFC 9457).
type Problem struct {
	Type      string            `json:"type" format:"uri" doc:"A URN with the code." example:"urn:sole:problem:invalid_credentials"`
	Title     string            `json:"title" doc:"The HTTP status in words."`
	Status    int               `json:"status" doc:"The HTTP status."`
	Detail    string            `json:"detail" doc:"What is wrong and what to do about it."`
	Instance  string            `json:"instance" format:"uri" doc:"A URN for this occurrence that contains the request id."`
	Code      domain.Code       `json:"code" doc:"The stable code of the failure, for programs."`
	RequestID string            `json:"request_id" doc:"Identifies the request in the logs."`
	Action    domain.Action     `json:"action,omitempty" doc:"The action that needs a step-up."`
	Decision  domain.DecisionID `json:"decision_id,omitempty" doc:"The id of the denial: GET /decisions/{id} explains it, for thirty days."`
	Errors    []ProblemField    `json:"errors,omitempty" doc:"The invalid fields of the request."`

	headers nethttp.Header
}

// ProblemField describes what is wrong with one member of the request, without repeating its value.
type ProblemField struct {
	Location string `json:"location" doc:"The location of the field, for example body.email."`
	Message  string `json:"message" doc:"What is wrong with the field."`
}

// Error implements error.
func (p *Problem) Error() string { return string(p.Code) }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() nethttp.Header { return p.headers }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemJSON }

const problemJSON = "application/problem+json"

// problemOf returns the problem document for a failure. An error other than a domain.Error becomes a
// 500; its text is only logged.
func problemOf(ctx context.Context, err error) *Problem {
	failure, ok := errors.AsType[*domain.Error](err)
	if !ok || statuses[failure.Code] == 0 {
		requestOf(ctx).fault = err
		failure = &domain.Error{Code: domain.CodeInternal, Message: internalDetail}
	}
	if failure.Code == domain.CodeUnavailable || errors.Is(err, domain.ErrStorageFull) {
		requestOf(ctx).fault = err
	}
	p := newProblem(ctx, statuses[failure.Code], failure.Code, detailOf(failure))
	p.Action = failure.Action
	if failure.Decision != nil {
		p.Decision = requestOf(ctx).seal(*failure.Decision)
	}
	for _, field := range failure.Fields {
		p.Errors = append(p.Errors, ProblemField{Location: requestOf(ctx).locationOf(field.Field), Message: field.Message})
	}
	if failure.RetryAfter > 0 {
		p.headers.Set("Retry-After", seconds(failure.RetryAfter))
	}
	return p
}

func newProblem(ctx context.Context, status int, code domain.Code, detail string) *Problem {
	id := requestOf(ctx).origin.RequestID
	p := &Problem{
		Type: "urn:sole:problem:" + string(code), Title: nethttp.StatusText(status), Status: status, Detail: detail,
		Instance: "urn:sole:request:" + url.PathEscape(id), Code: code, RequestID: id, headers: nethttp.Header{},
	}
	switch {
	case code == domain.CodeStepUpRequired:
		p.headers.Set("WWW-Authenticate", `Bearer error="insufficient_user_authentication", acr_values="aal2"`) // RFC 9470 §3
	case code == domain.CodeReauthenticationNeeded:
		age := strconv.Itoa(int(domain.FreshSignInAge.Seconds()))
		p.headers.Set("WWW-Authenticate", `Bearer error="insufficient_user_authentication", max_age=`+age) // RFC 9470 §3
	case code == domain.CodeUnauthenticated || code == domain.CodeTokenExpired || code == domain.CodeTokenRevoked ||
		code == domain.CodeSessionExpired:
		p.headers.Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750 §3
	case status == 401:
		p.headers.Set("WWW-Authenticate", "Bearer")
	}
	return p
}

const internalDetail = "Something went wrong on our side. Quote the request id when you report it."

// noBody is the message of Huma for a required body that is empty.
const noBody = "request body is required"

// humaError turns a failure that Huma reports into a problem document. Huma's details contain the
// refused value, which may be a password: only the location and the message are kept.
func humaError(ctx huma.Context, status int, detail string, errs ...error) huma.StatusError {
	base := context.Background()
	if ctx != nil {
		base = ctx.Context()
	}
	if status >= 500 {
		return failureOf(base, errors.Join(append(errs, errors.New(detail))...))
	}
	switch status {
	case 400:
		if detail == noBody {
			detail = "This request must have a body, and it has none."
			break
		}
		detail = "The body is not the JSON that this operation accepts."
	case 422:
		detail = domain.ErrInvalid.Message
	}
	p := newProblem(base, status, codeOf(status), detail)
	for _, err := range errs {
		field := ProblemField{Message: "cannot be used"}
		if detailer, ok := err.(huma.ErrorDetailer); ok {
			d := detailer.ErrorDetail()
			message := cmp.Or(plainParameters[d.Message], d.Message)
			field = ProblemField{Location: printable(d.Location, 200), Message: printable(message, 200)}
		}
		p.Errors = append(p.Errors, field)
	}
	return failureAs(base, nil, p)
}

// fiberError answers requests that do not reach Huma: unknown paths, wrong methods, bodies that
// are too large, malformed requests, and panics.
func (s *Server) fiberError(c *fiber.Ctx, err error) error {
	if requestOf(c.UserContext()).origin.RequestID == "" {
		_, ended := s.observed(c, s.identify(c)) // the request failed before any middleware ran
		defer ended(0)
	}
	if s.failPage(c, err) {
		return nil
	}
	ctx := c.UserContext()
	p := problemOf(ctx, err)
	if fault, ok := errors.AsType[*fiber.Error](err); ok {
		requestOf(ctx).fault = nil
		p = newProblem(ctx, fault.Code, codeOf(fault.Code), fiberDetail(fault))
	}
	shown := failureAs(ctx, err, p)
	for name, values := range shown.GetHeaders() {
		c.Set(name, strings.Join(values, ", "))
	}
	body, marshalErr := json.Marshal(shown)
	if marshalErr != nil {
		return marshalErr
	}
	c.Set(fiber.HeaderContentType, shown.ContentType(""))
	return c.Status(shown.GetStatus()).Send(body)
}

// fiberDetail returns the text for a failure that Fiber reports. Its own text may repeat what was sent.
func fiberDetail(fault *fiber.Error) string {
	switch fault.Code {
	case 404:
		return "There is nothing at this path. Check it against the API documentation."
	case 405:
		return "This path does not support that method. The Allow header lists those that it supports."
	case 408:
		return "The request took too long to arrive. Send it again."
	case 413:
		return "The body is larger than this operation accepts. Send a smaller one."
	case 415:
		return fault.Message
	case 431:
		return "The request headers are larger than this server accepts. Send less in them."
	case 505:
		return "This server supports HTTP/1.1. Send the request with that version."
	}
	if fault.Code >= 500 {
		return internalDetail
	}
	return "The request is malformed. Send it as RFC 9112 describes HTTP/1.1."
}

var problemType = reflect.TypeFor[Problem]()

func statusKey(status int) string { return strconv.Itoa(status) }
