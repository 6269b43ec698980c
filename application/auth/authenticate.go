package auth

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Authenticate returns the caller of an access token or an API key. It runs on every request: one
// signature, one round trip to the database, no write.
type Authenticate struct {
	Store     port.Store
	Access    port.AccessTokens
	Activity  port.Activity
	Crossings proof.Crossings
	Keys      APIKeys
	Clock     port.Clock
	Limits    domain.ServerLimits
}

// AuthenticateInput is the token, or the API key. Call is the method and route of the request, where a platform
// operator may make it for another org; both orgs record it.
type AuthenticateInput struct {
	Token string
	Call  string // empty where nobody may cross, as on the routes of one's own account
}

// Execute takes only the account, org and session from the token. It reads status, roles and policy as
// they are now, so that any change of them takes effect at once. A token of another org than the
// visitor's is ErrOrgMismatch, unless the caller is a platform operator, who then acts there. It returns
// the errors of domain.KeyOutcome for a service account, and ErrUnknownKey, or ErrRateLimited, for an
// API key that does not exist.
func (uc Authenticate) Execute(ctx context.Context, visitor domain.Visitor, in AuthenticateInput) (domain.Caller, error) {
	now := uc.Clock()
	if domain.IsAPIKey(in.Token) {
		return uc.Keys.caller(ctx, visitor, domain.NewSecret(in.Token))
	}
	claims, err := uc.Access.Verify(in.Token, now)
	if err != nil {
		return domain.Caller{}, err
	}
	if !visitor.Admits(claims.Org) && (in.Call == "" || claims.Key != "") {
		return domain.Caller{}, domain.ErrOrgMismatch
	}
	if claims.Key != "" {
		return uc.Keys.callerOf(ctx, visitor, claims)
	}
	principal, err := uc.Store.Principal(ctx, claims.Org, claims.Session)
	if err != nil {
		return domain.Caller{}, err
	}
	if principal.User.ID != claims.Subject {
		return domain.Caller{}, domain.ErrUnauthenticated
	}
	if err := sessionInOrder(principal, uc.Limits, now); err != nil {
		return domain.Caller{}, err
	}
	if principal.Session.TouchDue(now) {
		uc.Activity.Seen(claims.Org, claims.Session, now)
	}
	caller := domain.Caller{Origin: visitor.Origin, Principal: principal}
	if visitor.Admits(claims.Org) {
		return caller, nil
	}
	return uc.cross(ctx, caller, visitor.Org, in.Call)
}

// cross makes an operator act for another org. The audit event in their own org comes first: without
// it they do not cross.
func (uc Authenticate) cross(ctx context.Context, caller domain.Caller, target domain.OrgID, call string) (domain.Caller, error) {
	if !caller.Operator() {
		return domain.Caller{}, domain.ErrOrgMismatch
	}
	if err := uc.Crossings.Leave(ctx, caller, call, target); err != nil {
		return domain.Caller{}, err
	}
	return uc.Crossings.Enter(ctx, caller, call, target)
}

// sessionInOrder returns an error when the session may not go on.
func sessionInOrder(p domain.Principal, limits domain.ServerLimits, now time.Time) error {
	policy, facts := p.Settings.Policy(limits), p.SessionFacts()
	refusal := domain.DecideSession(policy, facts, now).Outcome.Refusal()
	if refusal == nil {
		return nil
	}
	return refusal.Because(domain.SessionDecision(p, policy, facts, now))
}
