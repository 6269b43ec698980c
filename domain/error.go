package domain

import (
	"errors"
	"slices"
	"time"
)

// Code is the stable name of a failure. Clients branch on it, so a code never changes its meaning.
type Code string

// The closed set of codes.
const (
	CodeBadRequest             Code = "bad_request"
	CodeInvalid                Code = "invalid"
	CodeUnauthenticated        Code = "unauthenticated"
	CodeTokenExpired           Code = "token_expired"
	CodeTokenRevoked           Code = "token_revoked"
	CodeSessionExpired         Code = "session_expired"
	CodeInvalidCredentials     Code = "invalid_credentials"
	CodeInvalidCode            Code = "invalid_code"
	CodeForbidden              Code = "forbidden"
	CodePermissionDenied       Code = "permission_denied"
	CodeMFAEnrollmentRequired  Code = "mfa_enrollment_required"
	CodeMFASecretUnreadable    Code = "mfa_secret_unreadable"
	CodeStepUpRequired         Code = "step_up_required"
	CodeReauthenticationNeeded Code = "reauthentication_required"
	CodePasswordChangeRequired Code = "password_change_required"
	CodeNotFound               Code = "not_found"
	CodeConflict               Code = "conflict"
	CodePreconditionFailed     Code = "precondition_failed"
	CodeTooLarge               Code = "too_large"
	CodeRateLimited            Code = "rate_limited"
	CodeAccountLocked          Code = "account_locked"
	CodeOrgRequired            Code = "org_required"
	CodeOrgMismatch            Code = "org_mismatch"
	CodeOrgNotFound            Code = "org_not_found"
	CodeOrgSuspended           Code = "org_suspended"
	CodeAccountSuspended       Code = "account_suspended"
	CodeInsufficientStorage    Code = "insufficient_storage"
	CodeUnavailable            Code = "unavailable"
	CodeStartAgain             Code = "start_again"
	CodeInternal               Code = "internal"
)

// Codes lists every error code in its documented order.
func Codes() []Code {
	return []Code{
		CodeBadRequest, CodeInvalid, CodeUnauthenticated, CodeTokenExpired, CodeTokenRevoked, CodeSessionExpired,
		CodeInvalidCredentials, CodeInvalidCode, CodeForbidden, CodePermissionDenied, CodeMFAEnrollmentRequired,
		CodeMFASecretUnreadable, CodeStepUpRequired, CodeReauthenticationNeeded, CodePasswordChangeRequired, CodeNotFound, CodeConflict,
		CodePreconditionFailed, CodeTooLarge, CodeRateLimited, CodeAccountLocked, CodeOrgRequired, CodeOrgMismatch,
		CodeOrgNotFound, CodeOrgSuspended, CodeAccountSuspended, CodeInsufficientStorage, CodeUnavailable, CodeStartAgain,
		CodeInternal,
	}
}

// Error is a failure that may be shown to the caller. Any other error is internal: it is logged
// and its text is not shown. Message says what is wrong and what to do about it; it never repeats
// a value that was sent.
type Error struct {
	Code       Code
	Message    string
	Fields     []FieldError  // the refused members of the request
	RetryAfter time.Duration // after which a retry may succeed; zero when none will
	Action     Action        // the action that requires a step-up
	Decision   *Decision     // the decision of the policy that caused the failure; nil when there is none
}

// FieldError says what is wrong with one member of a request. Field is its name, with the path to
// it if it is nested: "email", "owner.email", "roles[1]". It is empty for the request as a whole.
type FieldError struct{ Field, Message string }

// Error returns the code and the message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Is reports whether target has the same code and message, so that a copy with details matches the
// failure it was made from. The code alone is not enough: several conflicts share one.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code && other.Message == e.Message
}

// RetryIn returns a copy with the time after which a retry may succeed.
func (e *Error) RetryIn(d time.Duration) *Error {
	again := *e
	again.RetryAfter = d
	return &again
}

// For returns a copy that names the action that requires a step-up.
func (e *Error) For(action Action) *Error {
	about := *e
	about.Action = action
	return &about
}

// Because returns a copy with the decision that caused it.
func (e *Error) Because(d Decision) *Error {
	explained := *e
	explained.Decision = &d
	return &explained
}

// In returns a copy that lists the refused members of the request.
func (e *Error) In(fields ...FieldError) *Error {
	placed := *e
	placed.Fields = fields
	return &placed
}

// refusals are the codes of requests that were refused before anything changed.
var refusals = []Code{
	CodeBadRequest, CodeInvalid, CodeForbidden, CodePermissionDenied, CodeMFAEnrollmentRequired, CodeNotFound, CodeConflict,
	CodePreconditionFailed, CodeRateLimited, CodeOrgMismatch, CodeOrgNotFound, CodeOrgSuspended, CodeAccountSuspended,
}

// ChangedNothing reports whether err is a refusal that left everything as it was. It is false
// for internal errors and for ErrUnavailable, after which the outcome may be unknown.
func ChangedNothing(err error) bool {
	failure, ok := errors.AsType[*Error](err)
	return ok && slices.Contains(refusals, failure.Code)
}

// Invalid returns ErrInvalid for one member of the request. The message continues its name, as in
// "email must be an email address".
func Invalid(field, message string) *Error {
	return ErrInvalid.In(FieldError{Field: field, Message: message})
}
