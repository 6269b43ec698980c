package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// Names tells what the resources of the org are called.
type Names interface {
	// Of returns, in one query, the names of those accounts, roles and plain files that exist in the org. An account without
	// a name is called by its address. Other resources have no name.
	Of(ctx context.Context, resources []domain.Resource) (domain.Names, error)
}
