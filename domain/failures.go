package domain

import "time"

// The errors below may be shown to callers. Their messages say what is wrong and what to do, in the words of the domain.
// An adapter may add which of its own calls or commands helps.

// Failures of signing in and of tokens.
var (
	ErrUnauthenticated = &Error{Code: CodeUnauthenticated, Message: "The access token is missing or not valid."}
	ErrTokenExpired    = &Error{Code: CodeTokenExpired, Message: "The access token has expired. Refresh it."}
	ErrTokenRevoked    = &Error{Code: CodeTokenRevoked, Message: "This token has been revoked. Sign in again."}
	ErrRefreshToken    = &Error{Code: CodeUnauthenticated, Message: "The refresh token is not valid. Sign in again."}
	ErrSessionExpired  = &Error{Code: CodeSessionExpired, Message: "Your session has ended. Sign in again."}
	ErrMFARequired     = &Error{Code: CodeSessionExpired, Message: "Your org now requires a second factor. Sign in again."}
	ErrPasskeyRequired = &Error{Code: CodeSessionExpired, Message: "Your org now requires a passkey. Sign in again."}

	ErrInvalidCredentials = &Error{Code: CodeInvalidCredentials, Message: "The email address or the password is wrong. Try again."}
	ErrWrongPassword      = &Error{Code: CodeInvalidCredentials, Message: "The current password is wrong. Try again."}
	ErrInvalidCode        = &Error{Code: CodeInvalidCode, Message: "The code is wrong, was already used or is out of date. Enter a new one."}
	ErrAccountLocked      = &Error{Code: CodeAccountLocked, Message: "There were too many failed attempts. Wait, or reset the password."}
	ErrAccountSuspended   = &Error{Code: CodeAccountSuspended, Message: "Your account is suspended. Ask an administrator of your org."}

	ErrChallengeGone = &Error{
		Code: CodeUnauthenticated, Message: "This sign-in has expired or was already completed. Start again.",
	}
	ErrChallengeLost = &Error{
		Code: CodeStartAgain, Message: "Your sign-in could not be resumed. Start again.", RetryAfter: time.Second,
	}
	ErrLinkGone = &Error{
		Code: CodeUnauthenticated, Message: "This link has expired or was already used. Request a new one.",
	}
	ErrFirstRunGone = &Error{
		Code:    CodeUnauthenticated,
		Message: "This link cannot be used: it is incomplete or has expired. Start the service again: each start shows a new one.",
	}
	ErrFirstRunDone = &Error{
		Code: CodeConflict, Message: "This service has an owner already: sign in.",
	}
	ErrWeakPassword = &Error{
		Code: CodeInvalid, Message: "This password cannot be used. Choose another.",
	}
	ErrReauthenticate = &Error{
		Code: CodeReauthenticationNeeded,
		Message: "This request requires a fresh sign-in. Give your current password, " +
			"or sign in again and repeat the request within five minutes.",
	}
)

// Failures of second factors and step-ups.
var (
	ErrStepUpRequired = &Error{
		Code: CodeStepUpRequired, Message: "This action requires a fresh second factor. Step up for it, then repeat the request.",
	}
	ErrStepUpGone = &Error{
		Code: CodeStepUpRequired, Message: "This step-up has expired, was already used or was for another action. Step up again.",
	}
	ErrStepUpLost = &Error{
		Code: CodeStartAgain, Message: "Your step-up could not be resumed. Step up again.", RetryAfter: time.Second,
	}
	ErrEnrollFirst = &Error{
		Code: CodeMFAEnrollmentRequired, Message: "This action requires a second factor, and your account has none. Enrol one first.",
	}
	ErrEnrollPasskey = &Error{
		Code: CodeMFAEnrollmentRequired, Message: "This action requires a passkey, and your account has none. Add one first.",
	}
	ErrPasskeyStepUp = &Error{
		Code:    CodeStepUpRequired,
		Message: "This action requires a fresh use of your passkey. Step up for it with the passkey, then repeat the request.",
	}
	ErrPasskeyOnly = &Error{
		Code: CodeInvalidCode, Message: "Your org requires a passkey here. Use your passkey instead.",
	}
	ErrMethodNotListed = &Error{
		Code: CodeInvalidCode, Message: "This sign-in does not accept this method. Use one of the methods that it lists.",
	}
	ErrAlreadyEnrolled = &Error{
		Code: CodeConflict, Message: "The account already has an authenticator app. Disable it first.",
	}
	ErrPasskeyRefused = &Error{
		Code: CodeInvalidCredentials, Message: "This passkey cannot sign in here. Try again, or sign in with your password.",
	}
	ErrWrongPasskey = &Error{
		Code:    CodeInvalidCode,
		Message: "The passkey could not be verified, or its request has expired or was already answered. Request it again.",
	}
	ErrNoPasskeyHeld = &Error{
		Code: CodeConflict, Message: "The account has no passkey. Use another factor.",
	}
	ErrTooManyPasskeys = &Error{
		Code: CodeConflict, Message: "The account has 20 passkeys, which is the maximum. Remove one first.",
	}
	ErrLastFactor = &Error{
		Code: CodeConflict, Message: "Your org requires this factor of your account, and you have no other. Add another one first.",
	}
	ErrCeremonyGone = &Error{
		Code: CodeInvalidCode, Message: "This passkey request has expired or was already answered. Start it again.",
	}
	ErrCeremonyLost = &Error{
		Code: CodeStartAgain, Message: "Your passkey request could not be resumed. Start it again.", RetryAfter: time.Second,
	}
	ErrNoPasskeys = &Error{
		Code: CodeUnavailable, Message: "This deployment cannot use passkeys. Use another factor, or ask the operator.",
	}
	ErrAuthenticatorTaken = &Error{Code: CodeConflict, Message: "This passkey is already registered. Use another one."}
	ErrEnrollmentGone     = &Error{
		Code: CodeConflict, Message: "No enrolment is in progress, or it has expired. Start it again.",
	}
	ErrNotEnrolled = &Error{
		Code: CodeConflict, Message: "The account has no second factor, so there is nothing to change.",
	}
	ErrSecretUnreadable = &Error{
		Code: CodeMFASecretUnreadable,
		Message: "The secret of your authenticator app can no longer be read. Use a recovery code, " +
			"or ask an administrator to reset your second factor. Then enrol again.",
	}
)

// Failures about permissions and roles.
var (
	ErrPermissionDenied = &Error{
		Code: CodePermissionDenied, Message: "Your account lacks the permission that this requires. Ask an administrator of your org for it.",
	}
	ErrOutranked = &Error{
		Code: CodePermissionDenied, Message: "This account has permissions that yours lacks. You cannot act on an account above your own.",
	}
	ErrEscalation = &Error{
		Code:    CodePermissionDenied,
		Message: "This would grant permissions that your account lacks. You can grant only permissions that you have.",
	}
	ErrOwnAccount = &Error{
		Code: CodeForbidden, Message: "You cannot do this to your own account. Ask another administrator.",
	}
	ErrOwnMFA = &Error{
		Code: CodeForbidden, Message: "You cannot reset your own second factor as an administrator. Disable it as your own instead.",
	}
	ErrOwnAddress = &Error{
		Code: CodeForbidden,
		Message: "You cannot change your own email address as an administrator. " +
			"Request the change as your own instead: the new address then receives a link that confirms it.",
	}
	ErrExportOff = &Error{
		Code: CodeForbidden, Message: "Your org does not let its members export their data. Ask an administrator.",
	}
	ErrProfileFixed = &Error{
		Code: CodeForbidden, Message: "Your org does not let its members edit their profiles. Ask an administrator.",
	}
	ErrLastOwner = &Error{
		Code: CodeConflict,
		Message: "This is the last owner who can sign in. Make another account an owner first. " +
			"Owners with an unaccepted invitation or an expired temporary password do not count.",
	}
	ErrOwnerUsable = &Error{
		Code: CodeConflict, Message: "The org has an owner who can sign in, so it needs no recovery.",
	}
	ErrSystemRole = &Error{
		Code: CodeForbidden, Message: "System roles cannot be changed or removed. Create a role of your own instead.",
	}
	ErrRoleNameTaken = &Error{
		Code: CodeConflict, Message: "Another role of the org has this name or one that looks like it. Choose another name.",
	}
	ErrRoleHeld = &Error{
		Code: CodeConflict, Message: "Some accounts still have this role. Take it from them first.",
	}
	ErrTooManyRoles = &Error{
		Code: CodeConflict, Message: "The org has 200 roles, which is the limit. Remove one first.",
	}
	ErrUnknownRole = &Error{
		Code: CodeInvalid, Message: "The request names roles that the org does not have.",
	}
	ErrUnknownPermission = &Error{
		Code: CodeInvalid, Message: "The request names permissions that a role of this org cannot have.",
	}
)

// Failures about service accounts and webhooks.
var (
	ErrServiceAccountTaken = &Error{
		Code: CodeConflict, Message: "Another service account of the org has this name. Choose another name.",
	}
	ErrTooManyServiceAccounts = &Error{
		Code: CodeConflict, Message: "The org has 200 service accounts, which is the limit. Remove one first.",
	}
	ErrTooManyKeys = &Error{
		Code: CodeConflict, Message: "The service account has 20 API keys, which is the limit. Revoke one first.",
	}
	ErrPersonOnly = &Error{
		Code: CodeForbidden, Message: "Service accounts cannot do this. Sign in as a person.",
	}
	ErrServiceAccountByOperator = &Error{
		Code: CodeForbidden,
		Message: "A service account gets its permissions from an account of its own org. " +
			"Ask an administrator of the org to do this.",
	}
	ErrPersonStepUp = &Error{
		Code: CodeForbidden,
		Message: "This action requires a step-up, which a service account cannot do. " +
			"Let a person do it, or let an administrator remove the action from those that the org guards.",
	}
	ErrServiceAccountSuspended = &Error{
		Code: CodeAccountSuspended, Message: "The service account is suspended. Ask an administrator of its org.",
	}
	ErrUnknownKey = &Error{
		Code: CodeUnauthenticated, Message: "The API key is not valid. It may have been revoked. Create a new one.",
	}
	ErrKeyExpired = &Error{Code: CodeTokenExpired, Message: "The API key has expired. Create a new one."}
	ErrKeyNetwork = &Error{
		Code: CodeForbidden, Message: "The API key cannot be used from this network. Use a key that allows it.",
	}
	ErrInvalidScope = &Error{
		Code:    CodeInvalid,
		Message: "The scope is malformed, or it names a permission that the service account does not have. Ask for less.",
	}
	ErrClientRefused = &Error{
		Code: CodeInvalidCredentials, Message: "The client id or the API key is wrong. Check both.",
	}
	ErrOtherClient = &Error{
		Code: CodeForbidden, Message: "The token was issued to another client. Only that client can revoke it.",
	}
	ErrTooManyWebhooks = &Error{
		Code: CodeConflict, Message: "The org has 20 webhooks, which is the limit. Remove one first.",
	}
	ErrWebhookDisabled = &Error{
		Code: CodeConflict, Message: "The webhook is disabled. Activate it first.",
	}
)

// Failures about orgs, accounts and settings.
var (
	ErrOrgRequired  = &Error{Code: CodeOrgRequired, Message: "The request does not say which org it is for. Name the org."}
	ErrOrgMismatch  = &Error{Code: CodeOrgMismatch, Message: "The org that the request names is not the org of the token."}
	ErrOrgNotFound  = &Error{Code: CodeOrgNotFound, Message: "There is no such org. Check its id or slug."}
	ErrOrgSuspended = &Error{Code: CodeOrgSuspended, Message: "The org is suspended. Ask the operator of this service."}
	ErrPlatformOrg  = &Error{Code: CodeConflict, Message: "This is the operators' own org. It cannot be suspended."}
	ErrSlugTaken    = &Error{Code: CodeConflict, Message: "Another org already uses this slug. Choose another one."}

	ErrEmailTaken = &Error{
		Code: CodeConflict, Message: "An account with this email address already exists in the org. Use another address.",
	}
	ErrNotInvited = &Error{
		Code: CodeConflict, Message: "The account has no open invitation: it has a password already, or is suspended.",
	}
	ErrNoMail = &Error{
		Code: CodeConflict,
		Message: "This service sends no mail, so the invitation would not arrive. " +
			"Create the account with a temporary password, or ask the operator to set up a mail server.",
	}
	ErrNoMailForAddress = &Error{
		Code: CodeConflict,
		Message: "This service sends no mail, so a new address cannot be confirmed. " +
			"Ask the operator to set up a mail server.",
	}
	ErrLocksOutOwners = &Error{
		Code: CodeConflict,
		Message: "This could lock out the last owner: in the last thirty days no owner has used the second factor that sign-in would " +
			"require. Have an owner sign in with it, then repeat the change.",
	}
	ErrLocksOutCaller = &Error{
		Code: CodeConflict,
		Message: "This could lock you out: in the last thirty days you have not used the second factor that sign-in would require. " +
			"Sign in with it, then repeat the change.",
	}
)

// Failures about requests, resources, files and keys.
var (
	ErrInvalid = &Error{
		Code: CodeInvalid, Message: "The request has values that cannot be used. Correct the listed ones.",
	}
	ErrNotFound = &Error{
		Code: CodeNotFound, Message: "There is no such resource. Check its id.",
	}
	ErrPreconditionFailed = &Error{
		Code: CodePreconditionFailed, Message: "This resource has changed since you loaded it.",
	}
	ErrStale = &Error{
		Code: CodeConflict, Message: "This resource was changed at the same time. Reload it and repeat the change.",
	}
	ErrFileTooLarge = &Error{
		Code: CodeTooLarge, Message: "The file is larger than this service accepts. Send a smaller one.",
	}
	ErrUploadBroken = &Error{
		Code: CodeBadRequest, Message: "The upload was interrupted or took too long. Send the file again.",
	}
	ErrStorageFull = &Error{
		Code:    CodeInsufficientStorage,
		Message: "There is no storage left for files. Ask the operator to free some, then send the file again.",
	}
	ErrAuditBroken = &Error{
		Code: CodeConflict, Message: "Sealed events are missing from the audit log. Have the operator verify it.",
	}
	ErrKeySigns = &Error{
		Code: CodeConflict, Message: "This key signs tokens now. Rotate to another key and wait until that one signs, then retire this one.",
	}
	ErrKeyVerifies = &Error{
		Code: CodeConflict, Message: "Tokens that this key signed are still valid.",
	}
	ErrKeyOtherAlgorithm = &Error{
		Code: CodeConflict, Message: "Processes that are configured for the algorithm of this key sign with it.",
	}
	ErrKeyUnknown = &Error{
		Code: CodeNotFound, Message: "There is no such key in use.",
	}
)

// Failures because of limits and outages.
var (
	ErrRateLimited = &Error{Code: CodeRateLimited, Message: "There were too many requests. Wait before you send more."}
	ErrUnavailable = &Error{
		Code: CodeUnavailable, Message: "A service that this request needs is not available. Try again shortly.", RetryAfter: time.Second,
	}
	ErrOverloaded = &Error{
		Code: CodeUnavailable, Message: "The service is busy with other requests. Try again shortly.", RetryAfter: time.Second,
	}
	ErrBusy = &Error{
		Code: CodeUnavailable, Message: "The service is busy with other sign-ins. Try again shortly.", RetryAfter: time.Second,
	}
)
