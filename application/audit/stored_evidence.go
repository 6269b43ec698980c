package audit

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// StoredEvidence is the evidence in the database.
type StoredEvidence struct {
	open func(context.Context, func(port.AuditSeals) error) error
}

var _ port.Evidence = StoredEvidence{}

// Stored returns the evidence of an org. Each query is a unit of work of its own, so that a long verification holds no
// transaction open.
func Stored(store port.Store, org domain.OrgID) StoredEvidence {
	return StoredEvidence{open: func(ctx context.Context, question func(port.AuditSeals) error) error {
		return store.ReadOrg(ctx, org, func(tx port.OrgTx) error { return question(tx.AuditSeals()) })
	}}
}

// Within returns the evidence of the org of a unit of work that is open.
func Within(seals port.AuditSeals) StoredEvidence {
	return StoredEvidence{open: func(_ context.Context, question func(port.AuditSeals) error) error { return question(seals) }}
}

func ask[T any](ctx context.Context, e StoredEvidence, question func(port.AuditSeals) (T, error)) (answer T, err error) {
	err = e.open(ctx, func(seals port.AuditSeals) (err error) {
		answer, err = question(seals)
		return err
	})
	return answer, err
}

// Seals implements port.Evidence.
func (e StoredEvidence) Seals(ctx context.Context, after int64, limit int) ([]domain.SealRecord, error) {
	return ask(ctx, e, func(s port.AuditSeals) ([]domain.SealRecord, error) { return s.Seals(ctx, after, limit) })
}

// newest returns at most limit seals with the highest numbers, in the order of their numbers.
func (e StoredEvidence) newest(ctx context.Context, limit int64) ([]domain.SealRecord, error) {
	last, err := ask(ctx, e, func(s port.AuditSeals) (domain.SealRecord, error) { return s.Newest(ctx) })
	if err != nil || last.Number == 0 {
		return nil, err
	}
	return e.Seals(ctx, max(0, last.Number-limit), int(limit))
}

// Covered implements port.Evidence.
func (e StoredEvidence) Covered(ctx context.Context, first int64, n int) ([]domain.SealedEvent, error) {
	return ask(ctx, e, func(s port.AuditSeals) ([]domain.SealedEvent, error) { return s.Covered(ctx, first, n) })
}

// Unsealed implements port.Evidence.
func (e StoredEvidence) Unsealed(
	ctx context.Context, after domain.EventID, limit int,
) (events []port.UnsealedEvent, last domain.EventID, err error) {
	events, err = ask(ctx, e, func(s port.AuditSeals) (events []port.UnsealedEvent, err error) {
		events, last, err = s.Unsealed(ctx, after, limit)
		return events, err
	})
	return events, last, err
}

// Lost implements port.Evidence.
func (e StoredEvidence) Lost(ctx context.Context) (domain.EventID, error) {
	return ask(ctx, e, func(s port.AuditSeals) (domain.EventID, error) { return s.Lost(ctx) })
}

// Beyond implements port.Evidence.
func (e StoredEvidence) Beyond(ctx context.Context, next int64) (domain.EventID, error) {
	return ask(ctx, e, func(s port.AuditSeals) (domain.EventID, error) { return s.Beyond(ctx, next) })
}

// Expiry implements port.Evidence.
func (e StoredEvidence) Expiry(ctx context.Context) (domain.Expiry, error) {
	return ask(ctx, e, func(s port.AuditSeals) (domain.Expiry, error) { return s.Expiry(ctx) })
}

// Origins returns the keys of other deployments that sealed events of the org.
func (e StoredEvidence) Origins(ctx context.Context) (domain.SealOrigins, error) {
	return ask(ctx, e, func(s port.AuditSeals) (domain.SealOrigins, error) { return s.Origins(ctx) })
}
