package auth

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Authenticate turns an access token into a caller. It runs on every request: one
// signature, one round trip, no write.
type Authenticate struct {
	Store     port.Store
	Access    port.AccessTokens
	Activity  port.Activity
	Crossings application.Crossings
	Clock     port.Clock
	Limits    domain.ServerLimits
}

// AuthenticateInput is the token and, where a platform operator may make the call for
// another org, what the call is: method and route, for the notes in both orgs.
type AuthenticateInput struct {
	Token string
	Call  string // empty where nobody may cross, as on the routes of one's own account
}

// Execute believes of the token only who it is for; standing, roles and policy are read
// as they are now, so a change of any of them is effective at once. For another org than
// the visitor's it is ErrOrgMismatch, but for a platform operator, who then acts there.
func (uc Authenticate) Execute(ctx context.Context, visitor domain.Visitor, in AuthenticateInput) (domain.Caller, error) {
	now := uc.Clock()
	claims, err := uc.Access.Verify(in.Token, now)
	if err != nil {
		return domain.Caller{}, err
	}
	if !visitor.Admits(claims.Org) && in.Call == "" {
		return domain.Caller{}, domain.ErrOrgMismatch
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

// cross makes an operator act for another org. The note in their own org comes first: a
// crossing that cannot be noted there does not happen.
func (uc Authenticate) cross(ctx context.Context, caller domain.Caller, target domain.OrgID, call string) (domain.Caller, error) {
	if !caller.Operator() {
		return domain.Caller{}, domain.ErrOrgMismatch
	}
	if err := uc.Crossings.Leave(ctx, caller, call, target); err != nil {
		return domain.Caller{}, err
	}
	return uc.Crossings.Enter(ctx, caller, call, target)
}

// sessionInOrder refuses a session that may not go on.
func sessionInOrder(p domain.Principal, limits domain.ServerLimits, now time.Time) error {
	policy, facts := p.Settings.Policy(limits), p.SessionFacts()
	refusal := domain.DecideSession(policy, facts, now).Outcome.Refusal()
	if refusal == nil {
		return nil
	}
	return refusal.Because(domain.SessionDecision(p, policy, facts, now))
}
