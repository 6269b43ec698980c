package bunstore

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// AppendEarlierEvent appends an event as builds do that do not know the type of the actor.
func AppendEarlierEvent(ctx context.Context, tx port.OrgTx, id string, actor domain.UserID) error {
	unit := tx.(*orgTx)
	return unit.queue(ctx, `INSERT INTO audit_events
		(org_id, id, at, name, outcome, actor_id, resource_type, resource_id, details, address, user_agent, request_id)
		VALUES ($1, $2, $3, 'account.updated', 'success', $4, 'account', '', '{}', '', '', '')`,
		string(unit.org), id, time.Now().UTC(), string(actor))
}
