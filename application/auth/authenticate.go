package auth

import (
	"cmp"
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Authenticate returns the caller of an access token or an API key. It runs on every request: one
// signature, one round trip to the database, no write.
type Authenticate struct {
	Bearers   proof.Bearers
	Refusals  KeyRefusals
	Activity  port.Activity
	Crossings proof.Crossings
	Clock     port.Clock
}

// AuthenticateInput is the token, or the API key. Call is the method and route of the request, where a platform
// operator may make it for another org; both orgs record it.
type AuthenticateInput struct {
	Token string
	Read  proof.ReadPrincipal // nil: Bearers.Principal
	Call  string              // empty where nobody may cross, as on the routes of one's own account
}

// Execute takes only the account, org and session from the token. It reads status, roles and policy as
// they are now, so that any change of them takes effect at once. A token of another org than the
// visitor's is ErrOrgMismatch, unless the caller is a platform operator, who then acts there. It returns
// the errors of domain.KeyOutcome for a service account, and ErrUnknownKey, or ErrRateLimited, for an
// API key that does not exist.
func (uc Authenticate) Execute(ctx context.Context, visitor domain.Visitor, in AuthenticateInput) (domain.Caller, error) {
	now := uc.Clock()
	bearer, err := uc.Bearers.Read(in.Token, now)
	if err != nil {
		return domain.Caller{}, uc.Refusals.unknown(ctx, visitor.Origin, in.Token, err)
	}
	if !visitor.Admits(bearer.Org) && (in.Call == "" || bearer.OfService()) {
		return domain.Caller{}, domain.ErrOrgMismatch
	}
	read := in.Read
	if read == nil {
		read = uc.Bearers.Principal
	}
	principal, err := read(ctx, bearer)
	if err != nil {
		return domain.Caller{}, uc.Refusals.unknown(ctx, visitor.Origin, in.Token, err)
	}
	caller := domain.Caller{Origin: visitor.Origin, Principal: principal}
	if err := uc.Bearers.InOrder(principal, visitor.Address, now); err != nil {
		return domain.Caller{}, cmp.Or(uc.Refusals.record(ctx, caller, err, now), err)
	}
	uc.touch(principal, now)
	if visitor.Admits(bearer.Org) {
		return caller, nil
	}
	return uc.cross(ctx, caller, visitor.Org, in.Call)
}

// touch notes that the session or the key was used.
func (uc Authenticate) touch(p domain.Principal, now time.Time) {
	switch {
	case !p.Service() && p.Session.TouchDue(now):
		uc.Activity.Seen(p.Org.ID, p.Session.ID, now)
	case p.Service() && p.Key.TouchDue(now):
		uc.Activity.KeyUsed(p.Org.ID, p.Key.ID, now)
	}
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
