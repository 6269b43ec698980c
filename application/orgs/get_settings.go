package orgs

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// GetSettingsNeeds is what GetSettings requires of its caller.
var GetSettingsNeeds = proof.Needs{Permission: domain.PermOrgSettingsRead}

// GetSettings returns every setting of the caller's org.
type GetSettings struct{ proof.Guard }

// Execute returns the settings as read at this request.
func (uc GetSettings) Execute(ctx context.Context, caller domain.Caller) (settings domain.OrgSettings, err error) {
	err = uc.Allow(ctx, caller, GetSettingsNeeds, func(proof.Access) error {
		settings = caller.Settings
		return nil
	})
	return settings, err
}
