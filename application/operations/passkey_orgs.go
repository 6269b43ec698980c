package operations

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// PasskeyOrgs finds the orgs that require passkeys. Where the service has none, the accounts that these orgs cover cannot
// sign in: a mistake in its configuration must not turn the requirement off.
type PasskeyOrgs struct {
	Store port.Store
}

// Execute returns the slugs. It reads the settings of every org, which is too slow for a request.
func (uc PasskeyOrgs) Execute(ctx context.Context) (slugs []domain.Slug, err error) {
	for after := domain.OrgID(""); ; {
		orgs, err := uc.Store.Platform().ListOrgs(ctx, domain.OrgFilter{}, after, orgsAtOnce)
		if err != nil || len(orgs) == 0 {
			return slugs, err
		}
		for _, org := range orgs {
			var settings domain.OrgSettings
			err := uc.Store.InOrg(ctx, org.ID, func(tx port.OrgTx) (err error) {
				settings, err = tx.Org().Settings(ctx)
				return err
			})
			if err != nil {
				return nil, err
			}
			if domain.Coverage(settings.PhishingResistant).Covers(true) {
				slugs = append(slugs, org.Slug)
			}
		}
		after = orgs[len(orgs)-1].ID
	}
}
