package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// Audit is the audit log. It can only be appended to.
type Audit interface {
	// Append adds an event. In the same transaction it adds a pending delivery, due at once, for each active webhook of the
	// org that wants the event (see Deliveries).
	Append(ctx context.Context, event domain.AuditEvent) error
	// AppendAll does what Append does for each event, in few round trips.
	AppendAll(ctx context.Context, events []domain.AuditEvent) error
	// Get returns the event with the id. It must return domain.ErrNotFound for an event that is unknown, was removed or
	// belongs to another org.
	Get(ctx context.Context, id domain.EventID) (domain.AuditEvent, error)
	// Newest returns at most limit events, newest first.
	Newest(ctx context.Context, limit int) ([]domain.AuditEvent, error)
	// List returns at most limit events that match the filter and come after the place, newest first. Events that are
	// added meanwhile change nothing: a list that continues after the last event returned must miss none and repeat none.
	List(ctx context.Context, filter domain.AuditFilter, after domain.AuditPlace, limit int) ([]domain.AuditEvent, error)
	// Last returns the newest event that matches the history, or domain.ErrNotFound.
	Last(ctx context.Context, history domain.History) (domain.AuditEvent, error)
}
