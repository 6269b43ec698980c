package members

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ListNeeds is what List requires of its caller.
var ListNeeds = proof.Needs{Permission: domain.PermMemberRead}

// List returns a page of the org's accounts.
type List struct{ proof.Guard }

// ListInput says which accounts, after which one, and how many at most. Role is an id, or the
// name of a system role.
type ListInput struct {
	Filter domain.MemberFilter
	Role   string
	After  domain.MemberPlace
	Limit  int
}

// ListResult is a page of accounts. Places has the place of each of them in the listing.
type ListResult struct {
	Members []domain.Member
	Places  []domain.MemberPlace
	More    bool
}

// Execute returns an empty page for a role that the org does not have.
func (uc List) Execute(ctx context.Context, caller domain.Caller, in ListInput) (result ListResult, err error) {
	if err := in.Filter.Check(); err != nil {
		return result, err
	}
	err = uc.Read(ctx, caller, ListNeeds, func(tx proof.Unit) error {
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

// withRole returns the filter with the id of the role that the input names. known is false when
// the org has no such role.
func withRole(ctx context.Context, tx proof.Unit, in ListInput) (filter domain.MemberFilter, known bool, err error) {
	if in.Role == "" {
		return in.Filter, true, nil
	}
	all, err := tx.Roles().List(ctx)
	if err != nil {
		return in.Filter, false, err
	}
	found, unknown := domain.FindRoles(all, []string{in.Role})
	if unknown != nil {
		return in.Filter, false, nil //nolint:nilerr // no account holds a role that the org does not have
	}
	in.Filter.Role = found[0].ID
	return in.Filter, true, nil
}

// GetNeeds is what Get requires of its caller.
var GetNeeds = proof.Needs{Permission: domain.PermMemberRead}

// Get returns one account of the org.
type Get struct{ proof.Guard }

// Execute returns ErrNotFound for an account that the caller's org does not have.
func (uc Get) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) (found domain.Member, err error) {
	err = uc.Read(ctx, caller, GetNeeds, func(tx proof.Unit) (err error) {
		found, err = load(ctx, tx, id)
		return err
	})
	return found, err
}
