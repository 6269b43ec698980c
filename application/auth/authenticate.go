package auth

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Authenticate turns an access token into a caller. It runs on every request: one
// signature, one round trip, no write.
type Authenticate struct {
	Store    port.Store
	Access   port.AccessTokens
	Activity port.Activity
	Clock    port.Clock
	Limits   domain.ServerLimits
}

// Execute believes of the token only who it is for; standing, roles and policy are read
// as they are now, so a change of any of them is effective at once.
func (uc Authenticate) Execute(ctx context.Context, visitor domain.Visitor, token string) (domain.Caller, error) {
	now := uc.Clock()
	claims, err := uc.Access.Verify(token, now)
	if err != nil {
		return domain.Caller{}, err
	}
	if !visitor.Admits(claims.Org) {
		return domain.Caller{}, domain.ErrOrgMismatch
	}
	principal, err := uc.Store.Principal(ctx, claims.Org, claims.Session)
	if err != nil {
		return domain.Caller{}, err
	}
	if principal.User.ID != claims.Subject {
		return domain.Caller{}, domain.ErrUnauthenticated
	}
	if err := domain.DecideSession(principal.Settings.Policy(uc.Limits), principal.SessionFacts(), now); err != nil {
		return domain.Caller{}, err
	}
	if principal.Session.TouchDue(now) {
		uc.Activity.Seen(claims.Org, claims.Session, now)
	}
	return domain.Caller{Origin: visitor.Origin, Principal: principal}, nil
}
