package platform

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ListOrgsNeeds is what ListOrgs requires of its caller.
var ListOrgsNeeds = proof.Needs{Permission: domain.PermPlatformManage}

// ListOrgs returns a page of all orgs, in the order of their ids.
type ListOrgs struct{ proof.Guard }

// ListOrgsInput says which orgs, after which one, and how many at most.
type ListOrgsInput struct {
	Filter domain.OrgFilter
	After  domain.OrgID // empty: from the first on
	Limit  int
}

// Execute also reports whether there are more orgs.
func (uc ListOrgs) Execute(ctx context.Context, caller domain.Caller, in ListOrgsInput) (orgs []domain.Org, more bool, err error) {
	if err := in.Filter.Check(); err != nil {
		return nil, false, err
	}
	err = uc.Allow(ctx, caller, ListOrgsNeeds, func(access proof.Access) (err error) {
		orgs, err = access.Platform().ListOrgs(ctx, in.Filter, in.After, in.Limit+1)
		return err
	})
	if more = len(orgs) > in.Limit; more {
		orgs = orgs[:in.Limit]
	}
	return orgs, more, err
}

// GetOrgNeeds is what GetOrg requires of its caller.
var GetOrgNeeds = proof.Needs{Permission: domain.PermPlatformManage}

// GetOrg returns one org, suspended or not.
type GetOrg struct{ proof.Guard }

// Execute returns ErrNotFound for an unknown org.
func (uc GetOrg) Execute(ctx context.Context, caller domain.Caller, id domain.OrgID) (org domain.Org, err error) {
	err = uc.Allow(ctx, caller, GetOrgNeeds, func(access proof.Access) (err error) {
		org, err = access.Platform().FindOrg(ctx, string(id))
		return err
	})
	if errors.Is(err, domain.ErrOrgNotFound) {
		err = domain.ErrNotFound
	}
	return org, err
}
