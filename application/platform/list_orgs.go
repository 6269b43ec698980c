package platform

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// ListOrgs shows a stretch of all orgs, in the order of their ids.
type ListOrgs struct{ Store port.Store }

// ListOrgsInput says which orgs, after which one, and how many at most.
type ListOrgsInput struct {
	Filter domain.OrgFilter
	After  domain.OrgID // empty: from the first on
	Limit  int
}

// Execute also tells whether there are more.
func (uc ListOrgs) Execute(ctx context.Context, in ListOrgsInput) (orgs []domain.Org, more bool, err error) {
	if err := in.Filter.Check(); err != nil {
		return nil, false, err
	}
	orgs, err = uc.Store.Platform().ListOrgs(ctx, in.Filter, in.After, in.Limit+1)
	if more = len(orgs) > in.Limit; more {
		orgs = orgs[:in.Limit]
	}
	return orgs, more, err
}

// GetOrg shows one org, suspended or not.
type GetOrg struct{ Store port.Store }

// Execute answers ErrNotFound for an org that is not there.
func (uc GetOrg) Execute(ctx context.Context, id domain.OrgID) (domain.Org, error) {
	org, err := uc.Store.Platform().FindOrg(ctx, string(id))
	if errors.Is(err, domain.ErrOrgNotFound) {
		err = domain.ErrNotFound
	}
	return org, err
}
