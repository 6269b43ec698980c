package http

import (
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

// statuses is the one place where a failure becomes a status.
var statuses = map[domain.Code]int{
	domain.CodeBadRequest:             400,
	domain.CodeInvalid:                422,
	domain.CodeUnauthenticated:        401,
	domain.CodeTokenExpired:           401,
	domain.CodeTokenRevoked:           401,
	domain.CodeSessionExpired:         401,
	domain.CodeInvalidCredentials:     401,
	domain.CodeInvalidCode:            401,
	domain.CodeForbidden:              403,
	domain.CodePermissionDenied:       403,
	domain.CodeMFAEnrollmentRequired:  403,
	domain.CodeMFASecretUnreadable:    403,
	domain.CodeStepUpRequired:         401,
	domain.CodeReauthenticationNeeded: 401,
	domain.CodePasswordChangeRequired: 403,
	domain.CodeNotFound:               404,
	domain.CodeConflict:               409,
	domain.CodePreconditionFailed:     412,
	domain.CodeTooLarge:               413,
	domain.CodeRateLimited:            429,
	domain.CodeAccountLocked:          429,
	domain.CodeOrgRequired:            400,
	domain.CodeOrgMismatch:            403,
	domain.CodeOrgNotFound:            404,
	domain.CodeOrgSuspended:           403,
	domain.CodeAccountSuspended:       403,
	domain.CodeInsufficientStorage:    507,
	domain.CodeUnavailable:            503,
	domain.CodeStartAgain:             503,
	domain.CodeInternal:               500,
}

// Problem is the body of every failure (RFC 9457).
type Problem struct {
	Type      string            `json:"type" format:"uri" doc:"A stable URN that contains the code." example:"urn:sole:problem:invalid_credentials"`
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

// ProblemField says what is wrong with one member of the request, without repeating its value.
type ProblemField struct {
	Location string `json:"location" doc:"The location of the field, for example body.email."`
	Message  string `json:"message" doc:"What is wrong with the field."`
}

func (p *Problem) Error() string               { return string(p.Code) }
func (p *Problem) GetStatus() int              { return p.Status }
func (p *Problem) GetHeaders() nethttp.Header  { return p.headers }
func (p *Problem) ContentType(_ string) string { return problemJSON }

const problemJSON = "application/problem+json"

// problemOf shows a failure to the client. What is no domain.Error is kept for the log.
func problemOf(ctx context.Context, err error) *Problem {
	failure, ok := errors.AsType[*domain.Error](err)
	if !ok || statuses[failure.Code] == 0 {
		requestOf(ctx).fault = err
		failure = &domain.Error{Code: domain.CodeInternal, Message: "Something went wrong on our side: quote the request id when you report it."}
	}
	if failure.Code == domain.CodeUnavailable || errors.Is(err, domain.ErrStorageFull) {
		requestOf(ctx).fault = err
	}
	p := newProblem(ctx, statuses[failure.Code], failure.Code, failure.Message)
	p.Action = failure.Action
	if failure.Decision != nil {
		p.Decision = requestOf(ctx).seal(*failure.Decision)
	}
	for _, field := range failure.Fields {
		p.Errors = append(p.Errors, ProblemField(field))
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
	case code == domain.CodeUnauthenticated || code == domain.CodeTokenExpired || code == domain.CodeTokenRevoked || code == domain.CodeSessionExpired:
		p.headers.Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750 §3
	case status == 401:
		p.headers.Set("WWW-Authenticate", "Bearer")
	}
	return p
}

// codeOf names the failures that the framework itself reports.
func codeOf(status int) domain.Code {
	switch status {
	case 401:
		return domain.CodeUnauthenticated
	case 403:
		return domain.CodeForbidden
	case 404:
		return domain.CodeNotFound
	case 413:
		return domain.CodeTooLarge
	case 422:
		return domain.CodeInvalid
	case 429:
		return domain.CodeRateLimited
	case 503:
		return domain.CodeUnavailable
	case 505:
		return domain.CodeBadRequest
	}
	if status >= 500 {
		return domain.CodeInternal
	}
	return domain.CodeBadRequest
}

// noBody is what Huma reports when a required body is empty.
const noBody = "request body is required"

// humaError dresses what Huma reports. Its details carry the offending value, which may
// be a password: only the place and the message go on.
func humaError(ctx huma.Context, status int, detail string, errs ...error) huma.StatusError {
	base := context.Background()
	if ctx != nil {
		base = ctx.Context()
	}
	if status >= 500 {
		return problemOf(base, errors.Join(append(errs, errors.New(detail))...))
	}
	switch status {
	case 400:
		if detail == noBody {
			detail = "This request needs a body, and it has none."
			break
		}
		detail = "The body is not the JSON that this operation takes."
	case 422:
		detail = "The request has values that cannot be used."
	}
	p := newProblem(base, status, codeOf(status), detail)
	for _, err := range errs {
		field := ProblemField{Message: "cannot be used"}
		if detailer, ok := err.(huma.ErrorDetailer); ok {
			d := detailer.ErrorDetail()
			field = ProblemField{Location: printable(d.Location, 200), Message: printable(d.Message, 200)}
		}
		p.Errors = append(p.Errors, field)
	}
	return p
}

// fiberError answers what never reached Huma: unknown routes, wrong methods, oversized
// bodies, garbage on the wire, and panics.
func (s *Server) fiberError(c *fiber.Ctx, err error) error {
	if requestOf(c.UserContext()).origin.RequestID == "" {
		_, ended := s.observed(c, s.identify(c)) // it failed before any middleware saw it
		defer ended(0)
	}
	ctx := c.UserContext()
	p := problemOf(ctx, err)
	if fault, ok := errors.AsType[*fiber.Error](err); ok {
		requestOf(ctx).fault = nil
		p = newProblem(ctx, fault.Code, codeOf(fault.Code), fiberDetail(fault))
	}
	for name, values := range p.headers {
		c.Set(name, strings.Join(values, ", "))
	}
	body, marshalErr := json.Marshal(p)
	if marshalErr != nil {
		return marshalErr
	}
	c.Set(fiber.HeaderContentType, problemJSON)
	return c.Status(p.Status).Send(body)
}

// fiberDetail speaks for Fiber, whose own words may repeat what was sent.
func fiberDetail(fault *fiber.Error) string {
	switch fault.Code {
	case 404:
		return "There is nothing at this address."
	case 405:
		return "This address does not take that method: see the Allow header."
	case 408:
		return "The request took too long to arrive."
	case 413:
		return "The body is too large."
	case 415:
		return fault.Message
	case 431:
		return "The request headers are too large."
	case 505:
		return "This server supports HTTP/1.1: send the request with that version."
	}
	if fault.Code >= 500 {
		return "Something went wrong on our side: quote the request id when you report it."
	}
	return "The request could not be understood."
}

var problemType = reflect.TypeFor[Problem]()

func statusKey(status int) string { return strconv.Itoa(status) }
