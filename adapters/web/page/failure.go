package page

import (
	"context"
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

var errCrossSite = &domain.Error{
	Code: domain.CodeForbidden, Message: "This form was sent from another site. Open the page here and send it again.",
}

// Errors is a failure as a form shows it: a message for the form and one for each refused field.
type Errors struct {
	Message  string
	Decision domain.DecisionID // with which the decision behind the failure can be explained; empty: there is none
	failure  *domain.Error
	fields   map[string]string
}

// Errors returns the texts of a failure in the language of the page. The cause of an internal failure is logged and not
// shown. It returns nil for nil.
func (r *Request) Errors(err error) *Errors {
	if err == nil {
		return nil
	}
	failure, known := errors.AsType[*domain.Error](err)
	if !known {
		failure = &domain.Error{Code: domain.CodeInternal, Message: "Something went wrong on our side. Try again."}
	}
	if !known || failure.Code == domain.CodeUnavailable {
		r.site.Fault(r.c.UserContext(), err)
	}
	shown := &Errors{Message: r.Language.Message(failure.Message), failure: failure, fields: map[string]string{}}
	if failure.Decision != nil {
		shown.Decision = r.site.Seal(r.c.UserContext(), *failure.Decision)
	}
	for _, field := range failure.Fields {
		shown.fields[field.Field] = strings.TrimSpace(shown.fields[field.Field] + " " + r.Language.Message(field.Message))
	}
	if failure.RetryAfter > 0 {
		r.c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(failure.RetryAfter.Seconds()))))
		shown.Message += " " + r.Language.Text("page.retry_in", "time", r.Language.Duration(failure.RetryAfter))
	}
	return shown
}

// Of returns what is wrong with a field, or "".
func (e *Errors) Of(field string) string {
	if e == nil {
		return ""
	}
	return e.fields[field]
}

// Status returns the HTTP status of a page that shows the errors; 200 for nil.
func (e *Errors) Status() int {
	if e == nil {
		return fiber.StatusOK
	}
	return statusOf(e.failure.Code)
}

// statusOf returns the HTTP status of a page for a failure. Most pages show a form again.
func statusOf(code domain.Code) int {
	switch code {
	case domain.CodeForbidden, domain.CodePermissionDenied, domain.CodeMFAEnrollmentRequired, domain.CodeOrgMismatch:
		return fiber.StatusForbidden
	case domain.CodeNotFound, domain.CodeOrgNotFound:
		return fiber.StatusNotFound
	case domain.CodeConflict:
		return fiber.StatusConflict
	case domain.CodePreconditionFailed:
		return fiber.StatusPreconditionFailed
	case domain.CodeTooLarge:
		return fiber.StatusRequestEntityTooLarge
	case domain.CodeRateLimited, domain.CodeAccountLocked:
		return fiber.StatusTooManyRequests
	case domain.CodeUnavailable, domain.CodeStartAgain:
		return fiber.StatusServiceUnavailable
	case domain.CodeInsufficientStorage:
		return fiber.StatusInsufficientStorage
	case domain.CodeInternal:
		return fiber.StatusInternalServerError
	default:
		return fiber.StatusUnprocessableEntity
	}
}

// Is reports whether the failure has the code.
func (e *Errors) Is(code domain.Code) bool { return e != nil && e.failure.Code == code }

// Interrupts reports whether the failure becomes a page of its own, after which the form is sent again: a step-up, the
// current password, or a new sign-in.
func (e *Errors) Interrupts() bool {
	return e.Is(domain.CodeStepUpRequired) || e.Is(domain.CodeReauthenticationNeeded) || e.Is(domain.CodeMFAEnrollmentRequired) ||
		e.endsSession()
}

// endsSession reports whether the failure means that the visitor is not signed in, or no longer.
func (e *Errors) endsSession() bool {
	switch e.failure.Code {
	case domain.CodeUnauthenticated, domain.CodeTokenExpired, domain.CodeTokenRevoked, domain.CodeSessionExpired,
		domain.CodeAccountSuspended, domain.CodeOrgSuspended, domain.CodeOrgMismatch:
		return true
	default:
		return false
	}
}

// fail answers a request whose handler has failed.
func (r *Request) fail(err error) error {
	if fault, ok := errors.AsType[*fiber.Error](err); ok {
		return r.showFault(fault.Code)
	}
	shown := r.Errors(err)
	refused, answered := errors.AsType[*stepUpRefused](err)
	switch {
	case answered && !shown.endsSession():
		return r.Show(shown.Status(), stepUpForm(refused.action, shown))
	case r.SignedIn() && shown.Is(domain.CodeStepUpRequired):
		return r.Show(fiber.StatusOK, stepUpForm(shown.failure.Action, nil))
	case r.SignedIn() && shown.Is(domain.CodeReauthenticationNeeded):
		return r.Show(fiber.StatusOK, passwordForm(r.action, nil))
	case r.SignedIn() && errors.Is(err, domain.ErrWrongPassword):
		return r.Show(shown.Status(), passwordForm(r.action, shown))
	case r.SignedIn() && shown.Is(domain.CodeMFAEnrollmentRequired):
		return r.Show(shown.Status(), enrollFirst(shown.Message))
	case shown.endsSession():
		return r.askSignIn(shown)
	}
	return r.Show(shown.Status(), failure(shown))
}

// askSignIn leads a visitor to the sign-in and back. A posted form is kept: the page lets the person sign in in another
// tab and post it again.
func (r *Request) askSignIn(shown *Errors) error {
	expired := r.cookie(sessionCookie) != ""
	r.forgetSession()
	if r.posted() && expired && localPath(r.Path()) != "" {
		return r.Show(fiber.StatusUnauthorized, sessionEnded(shown.Message))
	}
	query := url.Values{}
	if expired {
		query.Set("why", whyEnded(shown.failure))
	}
	if path := localPath(r.c.OriginalURL()); path != "" && !r.posted() {
		query.Set("return_to", path)
	}
	if len(query) == 0 {
		return r.Redirect("/sign-in")
	}
	return r.Redirect("/sign-in?" + query.Encode())
}

// showFault shows a failure that the HTTP server reports by its status.
func (r *Request) showFault(status int) error {
	key := "page.fault"
	switch status {
	case fiber.StatusNotFound:
		key = "page.not_found"
	case fiber.StatusRequestEntityTooLarge:
		key = "page.too_large"
	case fiber.StatusMethodNotAllowed, fiber.StatusBadRequest:
		key = "page.bad_request"
	}
	return r.Show(status, failure(&Errors{Message: r.Language.Text(key)}))
}

// Fail answers a browser whose request no page has answered: an unknown path, a body that is too large, a panic.
func (s *Site) Fail(c *fiber.Ctx, err error) error {
	c.Response().ResetBody()
	c.SetUserContext(context.WithoutCancel(c.UserContext())) // the time of the request may be up
	r := s.begin(c, "")
	return r.fail(err)
}

// refield returns the attribute that links a field to the text of its error or hint.
func refield(name string, texts ...string) templ.Attributes {
	for _, text := range texts {
		if text != "" {
			return templ.Attributes{"aria-describedby": name + "-text"}
		}
	}
	return nil
}
