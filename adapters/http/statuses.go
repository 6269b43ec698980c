package http

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/sole-platform/sole/domain"
)

// statuses maps the code of each failure to its HTTP status. No other place chooses a status for a failure.
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

// remedies name the header, member or operation of this API that helps against a failure. The messages
// of the domain do not mention HTTP.
var remedies = []struct {
	failure *domain.Error
	text    string
}{
	{domain.ErrUnauthenticated, "Send one as Authorization: Bearer <token>."},
	{domain.ErrTokenExpired, "POST /auth/refresh returns a new one."},
	{domain.ErrReauthenticate, "Send the password as current_password, or the token of a step-up as X-Step-Up-Token."},
	{domain.ErrStepUpRequired, "POST /auth/step-up returns a token for the action: send it as X-Step-Up-Token."},
	{domain.ErrStepUpGone, "POST /auth/step-up returns a new token: send it as X-Step-Up-Token."},
	{domain.ErrStepUpLost, "POST /auth/step-up returns a new token: send it as X-Step-Up-Token."},
	{domain.ErrEnrollFirst, "POST /me/mfa/totp or POST /me/passkeys/options begins it."},
	{domain.ErrTooManyPasskeys, "DELETE /me/passkeys/{id} does that."},
	{domain.ErrEnrollPasskey, "POST /me/passkeys/options begins it."},
	{domain.ErrLastFactor, "POST /me/passkeys/options begins it."},
	{domain.ErrPasskeyStepUp, "POST /auth/step-up/options asks for it."},
	{domain.ErrPasskeyOnly, "POST /auth/login/mfa/passkey/options or POST /auth/step-up/options asks for it."},
	{domain.ErrNoPasskeys, "The command sole doctor says why."},
	{domain.ErrOwnMFA, "DELETE /me/mfa does that."},
	{domain.ErrOwnAddress, "POST /me/email requests it."},
	{domain.ErrSystemRole, "POST /roles creates it."},
	{domain.ErrRoleHeld, "GET /members?role= lists them."},
	{domain.ErrUnknownRole, "GET /roles lists the roles of the org."},
	{domain.ErrUnknownPermission, "GET /permissions lists all permissions."},
	{domain.ErrNoMail, "To create it, send temporary_password: true."},
	{domain.ErrPreconditionFailed, "Reload it and retry with the new ETag."},
	{domain.ErrOrgRequired, "Send its id or slug as X-Org-Id."},
	{domain.ErrOrgMismatch, "Leave X-Org-Id out, or sign in to the org that it names."},
	{domain.ErrRateLimited, "Retry-After says for how many seconds."},
	{domain.ErrAuditBroken, "The command for it is sole audit verify."},
}

// detailOf returns the text for the client: the message of the failure and the remedy, if there is one.
func detailOf(failure *domain.Error) string {
	for _, remedy := range remedies {
		if errors.Is(failure, remedy.failure) {
			return failure.Message + " " + remedy.text
		}
	}
	return failure.Message
}

// queryParameters returns the names of the query parameters that the input type of an operation has.
func queryParameters(input reflect.Type) (names []string) {
	for _, field := range reflect.VisibleFields(input) {
		if name, ok := field.Tag.Lookup("query"); ok {
			name, _, _ = strings.Cut(name, ",")
			names = append(names, name)
		}
	}
	return names
}

// locationOf returns the location of a field in the request: "query.limit", "body.email", or "body" for the whole body.
func (r *request) locationOf(field string) string {
	switch {
	case field == "":
		return "body"
	case slices.Contains(r.parameters, field):
		return "query." + field
	}
	return "body." + field
}

// codeOf returns the code for a failure that the framework reports by its status.
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
