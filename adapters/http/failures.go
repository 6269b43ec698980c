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

// failureGroup is a set of codes that the same operations can answer with.
type failureGroup struct {
	name  string // part of the name of the response component, where operations differ
	codes []domain.Code
	of    func(operation) bool
}

// failureGroups lists which operations can answer with which codes.
var failureGroups = []failureGroup{
	{codes: []domain.Code{domain.CodeBadRequest, domain.CodeInternal}, of: func(operation) bool { return true }},
	{codes: []domain.Code{domain.CodeRateLimited}, of: concernsOrg},
	{codes: []domain.Code{domain.CodeUnavailable}, of: func(o operation) bool { return concernsOrg(o) || o.declares(503) }},
	{codes: []domain.Code{domain.CodeTooLarge}, of: func(o operation) bool { return o.hasBody }},
	{codes: []domain.Code{domain.CodeInvalid}, of: func(o operation) bool { return o.hasInput }},
	{codes: []domain.Code{domain.CodeConflict}, of: func(o operation) bool { return o.declares(409) }},
	{codes: []domain.Code{domain.CodePreconditionFailed}, of: func(o operation) bool { return o.declares(412) }},
	{codes: []domain.Code{domain.CodeInsufficientStorage}, of: func(o operation) bool { return o.declares(507) }},

	{name: "NoOrg", codes: []domain.Code{domain.CodeOrgRequired}, of: func(o operation) bool { return o.who == accessVisitor }},
	{name: "Org", codes: []domain.Code{domain.CodeOrgNotFound, domain.CodeOrgSuspended}, of: concernsOrg},
	{name: "Resource", codes: []domain.Code{domain.CodeNotFound}, of: func(o operation) bool { return o.declares(404) }},
	{
		name: "Mismatch", codes: []domain.Code{domain.CodeOrgMismatch},
		of: func(o operation) bool { return concernsOrg(o) && o.who != accessVisitor },
	},

	{
		name: "Session", of: hasCaller,
		codes: []domain.Code{domain.CodeUnauthenticated, domain.CodeTokenExpired, domain.CodeTokenRevoked, domain.CodeSessionExpired},
	},
	{
		name: "Account", codes: []domain.Code{domain.CodeAccountSuspended},
		of: func(o operation) bool { return hasCaller(o) || provesToken(o) },
	},
	{
		name: "Permission", codes: []domain.Code{domain.CodePermissionDenied},
		of: func(o operation) bool { return hasCaller(o) && !o.needs.OwnAccount },
	},
	{name: "Rule", codes: []domain.Code{domain.CodeForbidden}, of: forbids},
	{name: "StepUp", codes: []domain.Code{domain.CodeStepUpRequired}, of: func(o operation) bool { return o.needs.Action != "" }},
	{name: "Fresh", codes: []domain.Code{domain.CodeReauthenticationNeeded}, of: wantsFreshSignIn},
	{
		name: "Enroll", codes: []domain.Code{domain.CodeMFAEnrollmentRequired},
		of: func(o operation) bool { return o.needs.Action != "" || o.is("step-up", "step-up-options") },
	},

	{name: "Token", codes: []domain.Code{domain.CodeUnauthenticated}, of: provesToken},
	{
		name: "Family", codes: []domain.Code{domain.CodeTokenRevoked, domain.CodeSessionExpired},
		of: func(o operation) bool { return o.is("refresh") },
	},
	{name: "Password", codes: []domain.Code{domain.CodeInvalidCredentials}, of: provesPassword},
	{name: "Code", codes: []domain.Code{domain.CodeInvalidCode, domain.CodeMFASecretUnreadable}, of: provesCode},
	{
		name: "Locked", codes: []domain.Code{domain.CodeAccountLocked},
		of: func(o operation) bool { return provesPassword(o) || provesCode(o) || o.is("login-password") },
	},
	{
		name: "StartAgain", codes: []domain.Code{domain.CodeStartAgain},
		of: func(o operation) bool { return provesToken(o) || o.needs.Action != "" },
	},
}

func (o operation) declares(status int) bool { return slices.Contains(o.fails, status) }

func concernsOrg(o operation) bool { return o.tag != "Service" }

func hasCaller(o operation) bool { return o.who == accessAccount }

// provesToken reports whether the body carries a token that identifies an account: of a challenge, of a link, or a refresh token.
func provesToken(o operation) bool { return o.who == accessOpen && o.declares(401) }

// wantsFreshSignIn reports whether the operation needs the current password, a recently authenticated session or a step-up.
func wantsFreshSignIn(o operation) bool { return o.is("begin-mfa", "begin-passkey", "change-email") }

// provesPassword reports whether the operation takes a password, or a passkey instead of one.
func provesPassword(o operation) bool {
	return o.is("login", "passkey-login", "change-password") || wantsFreshSignIn(o)
}

func provesCode(o operation) bool {
	return o.is("login-mfa", "login-mfa-enroll", "login-mfa-enroll-confirm", "step-up", "confirm-mfa", "add-passkey")
}

// forbids reports whether the operation can answer forbidden: it refuses some callers whatever permissions they have, such as those
// with an API key that cannot be used from their network.
func forbids(o operation) bool { return hasCaller(o) || o.is("confirm-email") }

// failures returns, by status, the codes that the operation can answer with and the names of their groups.
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
