package audit

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// GetNeeds is what Get requires of its caller.
var GetNeeds = proof.Needs{Permission: domain.PermAuditRead}

// Get returns one event of the org.
type Get struct{ proof.Guard }

// NamedEvent is an event, its seal, and the names of the resources that it names.
type NamedEvent struct {
	domain.SealedEvent // Seal is 0 while the event waits for its seal
	Names              domain.Names
}

// Execute returns ErrNotFound for an event that the org does not have. Reading it is an event itself.
func (uc Get) Execute(ctx context.Context, caller domain.Caller, id domain.EventID) (found NamedEvent, err error) {
	err = uc.ReadAndRecord(ctx, caller, GetNeeds, func(tx proof.Unit) error {
		event, err := tx.Audit().Get(ctx, id)
		if err != nil {
			return err
		}
		proofs, err := tx.AuditSeals().Proofs(ctx, []domain.EventID{id})
		if err != nil {
			return err
		}
		found.SealedEvent = proofs[id]
		found.Event = event
		if found.Names, err = namesIn(ctx, tx, domain.AuditFilter{}, event); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventAuditRead, domain.OnAuditLog(), domain.Details{"event_id": string(id)})
	})
	return found, err
}
