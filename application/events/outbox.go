package events

import (
	"context"
	"fmt"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Outbox enqueues audit events for the consumers that want them, in the unit of work that appends the event.
type Outbox struct{ Consumers []port.EventConsumer }

// Appended enqueues a job for each consumer that wants the event.
func (o Outbox) Appended(ctx context.Context, tx port.OrgTx, event domain.AuditEvent) error {
	for _, consumer := range o.Consumers {
		wanted, err := consumer.Wants(ctx, tx, event)
		if err != nil {
			return fmt.Errorf("events for %s: %w", consumer.Name, err)
		}
		if !wanted {
			continue
		}
		job := Job{Consumer: consumer.Name, Event: event.ID, RequestID: event.Origin.RequestID}
		if err := tx.Jobs().Enqueue(ctx, job); err != nil {
			return err
		}
	}
	return nil
}
