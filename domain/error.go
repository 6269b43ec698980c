package domain

import (
	"errors"
	"slices"
	"time"
)

// Code is the stable name of a failure; clients branch on it.
type Code string

// The closed set of codes. Adapters map each to what their protocol says.
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

// Error is a failure the caller may know of. Any other error is internal: logged
// whole, shown as nothing. Message says what is wrong and what to do, and never
// repeats a value that was sent.
type Error struct {
	Code       Code
	Message    string
	Fields     []FieldError  // which members of the request are at fault
	RetryAfter time.Duration // when trying again may help; zero when it will not
	Action     Action        // the action that wants a step-up
	Decision   *Decision     // what was known when it was decided so; nil where that is no matter of policy
}

// FieldError names one member of a request and what is wrong with it.
type FieldError struct{ Location, Message string }

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Is matches an Error that says the same, so that a copy with details still equals its
// sentinel. The code alone would not do: several conflicts share one.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code && other.Message == e.Message
}

// RetryIn returns a copy that says when to come back.
func (e *Error) RetryIn(d time.Duration) *Error {
	again := *e
	again.RetryAfter = d
	return &again
}

// For returns a copy that names the action it is about.
func (e *Error) For(action Action) *Error {
	about := *e
	about.Action = action
	return &about
}

// Because returns a copy that can be explained.
func (e *Error) Because(d Decision) *Error {
	explained := *e
	explained.Decision = &d
	return &explained
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

// Invalid is a refused value at one place of the request, for example "body.email".
func Invalid(location, message string) *Error {
	return &Error{
		Code: CodeInvalid, Message: "The request has a value that cannot be used.",
		Fields: []FieldError{{location, message}},
	}
}

// The failures that carry no further detail.
var (
	ErrUnauthenticated    = &Error{Code: CodeUnauthenticated, Message: "Send a valid access token: Authorization: Bearer <token>."}
	ErrTokenExpired       = &Error{Code: CodeTokenExpired, Message: "The access token has expired: refresh it."}
	ErrTokenRevoked       = &Error{Code: CodeTokenRevoked, Message: "This token has been revoked: sign in again."}
	ErrRefreshToken       = &Error{Code: CodeUnauthenticated, Message: "The refresh token is not valid: sign in again."}
	ErrSessionExpired     = &Error{Code: CodeSessionExpired, Message: "The session has ended: sign in again."}
	ErrInvalidCredentials = &Error{Code: CodeInvalidCredentials, Message: "The address or the password is wrong."}
	ErrWrongPassword      = &Error{Code: CodeInvalidCredentials, Message: "The current password is wrong."}
	ErrOwnMFA             = &Error{Code: CodeForbidden, Message: "An administrator's reset is for other accounts: disable your own second factor with DELETE /me/mfa."}
	ErrInvalidCode        = &Error{Code: CodeInvalidCode, Message: "The code is wrong, used or out of date: use a fresh one."}
	ErrChallengeGone      = &Error{Code: CodeUnauthenticated, Message: "This sign-in has expired or was already completed: start again."}
	ErrLinkGone           = &Error{Code: CodeUnauthenticated, Message: "This link has expired or was already used: ask for a new one."}
	ErrPermissionDenied   = &Error{Code: CodePermissionDenied, Message: "The account lacks the permission that this needs."}
	ErrNotFound           = &Error{Code: CodeNotFound, Message: "There is nothing at this address."}
	ErrAlreadyEnrolled    = &Error{Code: CodeConflict, Message: "The account already has an authenticator: disable it first."}
	ErrEnrollmentGone     = &Error{Code: CodeConflict, Message: "No enrolment is under way, or it took over ten minutes: start it again."}
	ErrEmailTaken         = &Error{Code: CodeConflict, Message: "An account with this address already exists in the org."}
	ErrSlugTaken          = &Error{Code: CodeConflict, Message: "Another org already uses this slug."}
	ErrPlatformOrg        = &Error{Code: CodeConflict, Message: "This is the operators' own org: it cannot be suspended."}
	ErrStepUpRequired     = &Error{Code: CodeStepUpRequired, Message: "This action needs a fresh second factor: POST /auth/step-up, then send X-Step-Up-Token."}
	ErrStepUpGone         = &Error{Code: CodeStepUpRequired, Message: "This step-up token has expired, was already used, or is for something else: POST /auth/step-up again."}
	ErrReauthenticate     = &Error{Code: CodeReauthenticationNeeded, Message: "This request needs a fresh sign-in: send current_password, or sign in again and repeat the request within five minutes."}
	ErrEnrollFirst        = &Error{Code: CodeMFAEnrollmentRequired, Message: "This action needs a second factor and none is enrolled: enrol one with POST /me/mfa/totp."}
	ErrNotEnrolled        = &Error{Code: CodeConflict, Message: "The account has no authenticator: there is nothing to change."}
	ErrExportOff          = &Error{Code: CodeForbidden, Message: "The org does not let its members export their data: ask an administrator."}
	ErrProfileFixed       = &Error{Code: CodeForbidden, Message: "The org does not let its members edit their profiles: ask an administrator."}
	ErrPreconditionFailed = &Error{Code: CodePreconditionFailed, Message: "This resource has changed since you loaded it. Reload it and retry with the new ETag."}
	ErrOwnAccount         = &Error{Code: CodeForbidden, Message: "You cannot do this to your own account."}
	ErrOwnAddress         = &Error{Code: CodeForbidden, Message: "You cannot change your own address here: use POST /me/email, which sends a link to the new address."}
	ErrLocksOutOwners     = &Error{Code: CodeConflict, Message: "This could lock out the last owner: it removes remembered devices, and no owner has used a code for thirty days. Have an owner sign in with a code, then repeat the change."}
	ErrLocksOutCaller     = &Error{Code: CodeConflict, Message: "This could lock you out: it removes your remembered devices, and you have used no code for thirty days. Sign in with a code, then repeat the change."}
	ErrLastOwner          = &Error{Code: CodeConflict, Message: "This is the last owner who can sign in: make another account an owner first. Owners with an unaccepted invitation or an expired temporary password do not count."}
	ErrOwnerUsable        = &Error{Code: CodeConflict, Message: "The org has an owner who can sign in: it needs no recovery."}
	ErrOutranked          = &Error{Code: CodePermissionDenied, Message: "The account has permissions that yours lacks: you cannot act on an account above your own."}
	ErrAuditBroken        = &Error{Code: CodeConflict, Message: "Events that were sealed are missing: run `sole audit verify`."}
	ErrEscalation         = &Error{Code: CodePermissionDenied, Message: "This would grant permissions that your account lacks: you can grant only permissions that you have."}
	ErrSystemRole         = &Error{Code: CodeForbidden, Message: "System roles are fixed: make a role of your own with POST /roles."}
	ErrRoleNameTaken      = &Error{Code: CodeConflict, Message: "Another role of the org has this name or one that looks like it: choose another name."}
	ErrRoleHeld           = &Error{Code: CodeConflict, Message: "Accounts still hold this role: take it from them first (GET /members?role=)."}
	ErrTooManyRoles       = &Error{Code: CodeConflict, Message: "The org has 200 roles, the most that it may have: remove one first."}
	ErrNotInvited         = &Error{Code: CodeConflict, Message: "The account is not waiting for an invitation: it has a password, or is suspended."}
	ErrNoMail             = &Error{Code: CodeConflict, Message: "This deployment sends no mail, so an invitation would reach nobody: create the account with a temporary password, or have the operator set up a mail server."}
	ErrNoMailForAddress   = &Error{Code: CodeConflict, Message: "This deployment sends no mail, so a new address cannot be confirmed: ask the operator to set up a mail server."}
	ErrStale              = &Error{Code: CodeConflict, Message: "This resource has changed in the meantime. Reload it and repeat the change."}
	ErrAccountLocked      = &Error{Code: CodeAccountLocked, Message: "Too many failed attempts: wait, or reset the password."}
	ErrRateLimited        = &Error{Code: CodeRateLimited, Message: "Too many requests: slow down."}
	ErrOrgRequired        = &Error{Code: CodeOrgRequired, Message: "Say which org: send X-Org-Id with its id or slug."}
	ErrOrgMismatch        = &Error{Code: CodeOrgMismatch, Message: "The org named in the request is not the org of the token."}
	ErrOrgNotFound        = &Error{Code: CodeOrgNotFound, Message: "There is no such org."}
	ErrOrgSuspended       = &Error{Code: CodeOrgSuspended, Message: "The org is suspended: ask its operator."}
	ErrAccountSuspended   = &Error{Code: CodeAccountSuspended, Message: "The account is suspended: ask an administrator of the org."}
	ErrMFARequired        = &Error{Code: CodeSessionExpired, Message: "The org now requires a second factor: sign in again."}
	ErrSecretUnreadable   = &Error{Code: CodeMFASecretUnreadable, Message: "The stored authenticator cannot be read any more: use a recovery code, or ask an administrator to reset it, then enrol again."}
	ErrFileTooLarge       = &Error{Code: CodeTooLarge, Message: "The file is larger than this service takes: send a smaller one."}
	ErrUploadBroken       = &Error{Code: CodeBadRequest, Message: "The upload was interrupted or took too long: send the file again."}
	ErrStorageFull        = &Error{Code: CodeInsufficientStorage, Message: "There is no storage left for files: ask the operator to free some, then send the file again."}
	ErrUnavailable        = &Error{Code: CodeUnavailable, Message: "A service that this request needs is unavailable: try again shortly.", RetryAfter: time.Second}
	ErrChallengeLost      = &Error{Code: CodeStartAgain, Message: "Your sign-in could not be resumed. Start again.", RetryAfter: time.Second}
	ErrStepUpLost         = &Error{Code: CodeStartAgain, Message: "Your step-up could not be resumed: POST /auth/step-up again.", RetryAfter: time.Second}
	ErrOverloaded         = &Error{Code: CodeUnavailable, Message: "Too many requests at once: try again shortly.", RetryAfter: time.Second}
	ErrBusy               = &Error{Code: CodeUnavailable, Message: "Too many sign-ins at once: try again shortly.", RetryAfter: time.Second}
)
