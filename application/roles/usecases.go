package roles

import "github.com/sole-platform/sole/application/proof"

// UseCases is what administrators do with the roles of their org.
type UseCases struct {
	List            List
	Get             Get
	Create          Create
	Update          Update
	Remove          Remove
	ListPermissions ListPermissions
	CountHolders    CountHolders
}

// Deps is what these use cases need.
type Deps struct{ Guard proof.Guard }

// New returns the use cases.
func New(d Deps) UseCases {
	return UseCases{
		List: List{d.Guard}, Get: Get{d.Guard}, Create: Create{d.Guard}, Update: Update{d.Guard}, Remove: Remove{d.Guard},
		ListPermissions: ListPermissions{d.Guard}, CountHolders: CountHolders{d.Guard},
	}
}
