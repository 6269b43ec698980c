package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// EventConsumer gets the audit events that it wants, each at least once and in no promised order. An event arrives only
// if the unit of work that appended it was committed, and is retried for days while Consume fails.
type EventConsumer struct {
	// Name identifies the consumer in the queue, so it does not change while events wait for the consumer.
	Name string
	// Wants reports whether the consumer gets the event. It is called for every event, in the unit of work that appends
	// it, so it should be cheap. A consumer with subscriptions per org can read them in tx.
	Wants func(ctx context.Context, tx OrgTx, event domain.AuditEvent) (bool, error)
	// Consume is called after the commit, with the event as the audit log has it then.
	Consume func(ctx context.Context, store Store, org domain.OrgID, event domain.AuditEvent) error
}
