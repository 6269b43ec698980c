package members

import (
	"context"
	"strconv"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Erase removes the personal data of a removed account from the org's audit log and imports. What
// happened, when, and which administrator did it stay provable. It runs as a job, because many
// events may be about one person.
type Erase struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute may run again: what is erased already stays as it is.
func (uc Erase) Execute(ctx context.Context, org domain.OrgID, order domain.Erasure) error {
	return uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		if err := tx.Imports().Forget(ctx, order.User); err != nil {
			return err
		}
		erased, err := tx.AuditSeals().Erase(ctx, order.User)
		if err != nil {
			return err
		}
		caller := domain.Caller{Origin: order.Origin}
		caller.User.ID = order.By
		return tx.Audit().Append(ctx, event(domain.EventAccountErased, uc.NewID, caller, order.User, uc.Clock(), "events", strconv.Itoa(erased)))
	})
}
