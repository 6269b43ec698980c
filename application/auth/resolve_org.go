package auth

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// ResolveOrg finds the active org that an id or a slug names.
type ResolveOrg struct{ Store port.Store }

// Execute refuses a suspended org with ErrOrgSuspended. Letter case and surrounding blanks are
// ignored.
func (uc ResolveOrg) Execute(ctx context.Context, idOrSlug string) (domain.Org, error) {
	idOrSlug = domain.OrgReference(idOrSlug)
	if !domain.IsID(idOrSlug) {
		if _, err := domain.ParseSlug(idOrSlug); err != nil {
			return domain.Org{}, domain.ErrOrgNotFound
		}
	}
	org, err := uc.Store.Platform().FindOrg(ctx, idOrSlug)
	if err == nil && !org.Active() {
		err = suspended(org)
	}
	return org, err
}

// suspended is the error for everybody at a suspended org.
func suspended(org domain.Org) error {
	return domain.ErrOrgSuspended.Because(domain.Decision{Org: org.ID, Question: &domain.SignInFacts{AccountActive: true}})
}
