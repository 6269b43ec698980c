package platform

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// HasOwner reports whether a person uses an owner of the default org. Until then the first run is open.
type HasOwner struct {
	Store port.Store
	Org   domain.OrgID
	known *atomic.Bool // there is one: this does not change any more
}

// NewHasOwner returns the query for an org.
func NewHasOwner(store port.Store, org domain.OrgID) HasOwner {
	return HasOwner{Store: store, Org: org, known: new(atomic.Bool)}
}

// Execute reads the database until the answer is yes, and never after that.
func (uc HasOwner) Execute(ctx context.Context) (bool, error) {
	if uc.known.Load() {
		return true, nil
	}
	found, err := claimed(ctx, uc.Store, uc.Org)
	if errors.Is(err, domain.ErrOrgNotFound) {
		return false, nil
	}
	if found {
		uc.known.Store(true)
	}
	return found, err
}
