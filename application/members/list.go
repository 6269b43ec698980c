package members

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// List shows a stretch of the org's accounts.
type List struct{ Store port.Store }

// ListInput says which accounts, after which one, and how many at most. Role is an id or
// the name of a system role.
type ListInput struct {
	Filter domain.MemberFilter
	Role   string
	After  domain.MemberPlace
	Limit  int
}

// ListResult is a stretch of accounts; Places has where each stands.
type ListResult struct {
	Members []domain.Member
	Places  []domain.MemberPlace
	More    bool
}

// Execute finds no account under a role that the org does not have.
func (uc List) Execute(ctx context.Context, caller domain.Caller, in ListInput) (result ListResult, err error) {
	if err := in.Filter.Check(); err != nil {
		return result, err
	}
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		filter, known, err := withRole(ctx, tx, in)
		if err != nil || !known {
			return err
		}
		result.Members, result.Places, err = tx.Users().List(ctx, filter, in.After, in.Limit+1)
		return err
	})
	if result.More = len(result.Members) > in.Limit; result.More {
		result.Members, result.Places = result.Members[:in.Limit], result.Places[:in.Limit]
	}
	return result, err
}

func withRole(ctx context.Context, tx port.OrgTx, in ListInput) (filter domain.MemberFilter, known bool, err error) {
	if in.Role == "" {
		return in.Filter, true, nil
	}
	all, err := tx.Roles().List(ctx)
	if err != nil {
		return in.Filter, false, err
	}
	found, unknown := domain.FindRoles(all, []string{in.Role})
	if unknown != nil {
		return in.Filter, false, nil //nolint:nilerr // nobody holds a role that is not there
	}
	in.Filter.Role = found[0].ID
	return in.Filter, true, nil
}

// Get shows one account of the org.
type Get struct{ Store port.Store }

// Execute answers ErrNotFound for an account that is not of the caller's org.
func (uc Get) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) (found domain.Member, err error) {
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		found, err = load(ctx, tx, id)
		return err
	})
	return found, err
}

func load(ctx context.Context, tx port.OrgTx, id domain.UserID) (domain.Member, error) {
	p, err := tx.Users().Standing(ctx, id)
	return domain.Member{User: p.User, Roles: p.Roles, EnrolledAt: p.Authenticator.EnrolledAt}, err
}
