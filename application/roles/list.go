package roles

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// List shows every role of the org, system roles first.
type List struct{ Store port.Store }

// Execute needs no paging: an org has at most domain.MaxCustomRoles of its own.
func (uc List) Execute(ctx context.Context, caller domain.Caller) (found []domain.Role, err error) {
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		found, err = tx.Roles().List(ctx)
		return err
	})
	return found, err
}

// Get shows one role of the org.
type Get struct{ Store port.Store }

// Execute answers ErrNotFound for a role that is not of the caller's org.
func (uc Get) Execute(ctx context.Context, caller domain.Caller, id domain.RoleID) (found domain.Role, err error) {
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		found, err = tx.Roles().Get(ctx, id)
		return err
	})
	return found, err
}
