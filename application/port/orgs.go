package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// Orgs stores the org of the unit of work and its settings.
type Orgs interface {
	Get(ctx context.Context) (domain.Org, error)
	// Lock returns the org and locks it until the unit of work ends. Other units can still add rows to the org. It returns
	// domain.ErrOrgNotFound if there is no such org.
	Lock(ctx context.Context) (domain.Org, error)
	// Update stores name, slug and status and increments the version. It must return domain.ErrStale for an org that was
	// read before another update, and domain.ErrSlugTaken for a slug in use.
	Update(ctx context.Context, org domain.Org) error
	Settings(ctx context.Context) (domain.OrgSettings, error)
	SaveSettings(ctx context.Context, settings domain.OrgSettings) error
	// LockSettings returns the settings and locks them until the unit of work ends.
	LockSettings(ctx context.Context) (domain.OrgSettings, error)
}
