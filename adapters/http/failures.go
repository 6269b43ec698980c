package http

import (
	"slices"

	"github.com/sole-platform/sole/domain"
)

// operation is a route with everything that decides how it can fail.
type operation struct {
	route
	who      access
	hasInput bool // a body or parameters
	hasBody  bool
}

func (o operation) is(ids ...string) bool { return slices.Contains(ids, o.id) }

// failureGroup is a set of codes that the same operations answer with.
type failureGroup struct {
	name  string // becomes part of the component's name where operations differ
	codes []domain.Code
	of    func(operation) bool
}

// failureGroups says which operations can answer with which codes.
var failureGroups = []failureGroup{
	{"", []domain.Code{domain.CodeBadRequest, domain.CodeInternal}, func(operation) bool { return true }},
	{"", []domain.Code{domain.CodeRateLimited}, concernsOrg},
	{"", []domain.Code{domain.CodeUnavailable}, func(o operation) bool { return concernsOrg(o) || o.declares(503) }},
	{"", []domain.Code{domain.CodeTooLarge}, func(o operation) bool { return o.hasBody }},
	{"", []domain.Code{domain.CodeInvalid}, func(o operation) bool { return o.hasInput }},
	{"", []domain.Code{domain.CodeConflict}, func(o operation) bool { return o.declares(409) }},
	{"", []domain.Code{domain.CodePreconditionFailed}, func(o operation) bool { return o.declares(412) }},
	{"", []domain.Code{domain.CodeInsufficientStorage}, func(o operation) bool { return o.declares(507) }},

	{"NoOrg", []domain.Code{domain.CodeOrgRequired}, func(o operation) bool { return o.who == accessVisitor }},
	{"Org", []domain.Code{domain.CodeOrgNotFound, domain.CodeOrgSuspended}, concernsOrg},
	{"Resource", []domain.Code{domain.CodeNotFound}, func(o operation) bool { return o.declares(404) }},
	{"Mismatch", []domain.Code{domain.CodeOrgMismatch}, func(o operation) bool { return concernsOrg(o) && o.who != accessVisitor }},

	{"Session", []domain.Code{domain.CodeUnauthenticated, domain.CodeTokenExpired, domain.CodeTokenRevoked, domain.CodeSessionExpired}, hasCaller},
	{"Account", []domain.Code{domain.CodeAccountSuspended}, func(o operation) bool { return hasCaller(o) || provesToken(o) }},
	{"Permission", []domain.Code{domain.CodePermissionDenied}, func(o operation) bool { return hasCaller(o) && !o.ownAccount() }},
	{"Rule", []domain.Code{domain.CodeForbidden}, func(o operation) bool { return forbids[o.id] }},
	{"StepUp", []domain.Code{domain.CodeStepUpRequired}, func(o operation) bool { return o.action != "" }},
	{"Fresh", []domain.Code{domain.CodeReauthenticationNeeded}, wantsFreshSignIn},
	{"Enroll", []domain.Code{domain.CodeMFAEnrollmentRequired}, func(o operation) bool { return o.action != "" || o.is("step-up") }},

	{"Token", []domain.Code{domain.CodeUnauthenticated}, provesToken},
	{"Family", []domain.Code{domain.CodeTokenRevoked, domain.CodeSessionExpired}, func(o operation) bool { return o.is("refresh") }},
	{"Password", []domain.Code{domain.CodeInvalidCredentials}, provesPassword},
	{"Code", []domain.Code{domain.CodeInvalidCode, domain.CodeMFASecretUnreadable}, provesCode},
	{"Locked", []domain.Code{domain.CodeAccountLocked}, func(o operation) bool { return provesPassword(o) || provesCode(o) || o.is("login-password") }},
	{"StartAgain", []domain.Code{domain.CodeStartAgain}, func(o operation) bool { return provesToken(o) || o.action != "" }},
}

func (o operation) declares(status int) bool { return slices.Contains(o.fails, status) }

func concernsOrg(o operation) bool { return o.tag != "Service" }

func hasCaller(o operation) bool { return o.who == accessAccount }

// provesToken tells whether the body carries a token that stands for an account: a challenge, a link, a refresh token.
func provesToken(o operation) bool { return o.who == accessOpen && o.declares(401) }

// wantsFreshSignIn tells whether the operation takes the current password, a session of minutes or a step-up.
func wantsFreshSignIn(o operation) bool { return o.is("begin-mfa", "change-email") }

func provesPassword(o operation) bool { return o.is("login", "change-password") || wantsFreshSignIn(o) }

func provesCode(o operation) bool {
	return o.is("login-mfa", "login-mfa-enroll", "login-mfa-enroll-confirm", "step-up", "confirm-mfa")
}

// forbids lists the operations that refuse some callers whatever their permissions are.
var forbids = map[string]bool{
	"update-me": true, "change-email": true, "confirm-email": true, "export-me": true, "set-avatar": true, "remove-avatar": true, "update-member": true, "remove-member": true, "reset-member-mfa": true,
	"reset-member-password": true, "suspend-member": true, "update-role": true, "remove-role": true,
}

// failures lists the codes that the operation can answer with, by status.
func (o operation) failures() (codes map[int][]domain.Code, names map[int]string) {
	codes, names = map[int][]domain.Code{}, map[int]string{}
	for _, group := range failureGroups {
		if !group.of(o) {
			continue
		}
		named := map[int]bool{}
		for _, code := range group.codes {
			status := statuses[code]
			codes[status] = append(codes[status], code)
			if !named[status] {
				names[status] += group.name
			}
			named[status] = true
		}
	}
	if o.hasBody { // the framework's own statuses
		codes[408], codes[415] = []domain.Code{domain.CodeBadRequest}, []domain.Code{domain.CodeBadRequest}
	}
	return codes, names
}
