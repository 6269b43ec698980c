package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

type sealRow struct {
	bun.BaseModel `bun:"table:audit_seals,alias:s"`

	OrgID    domain.OrgID `bun:",pk"`
	Number   int64        `bun:",pk"`
	First    int64
	Events   int
	SealedAt time.Time
	Until    time.Time
	Token    domain.SealToken
}

func (r *sealRow) record() domain.SealRecord {
	return domain.SealRecord{Number: r.Number, First: r.First, Events: r.Events, At: r.SealedAt.UTC(), Until: r.Until.UTC(), Token: r.Token}
}

type waitingRow struct {
	bun.BaseModel `bun:"table:audit_waiting,alias:w"`

	OrgID   domain.OrgID   `bun:",pk"`
	EventID domain.EventID `bun:",pk"`
	Turn    int
}

type auditSeals struct{ *orgTx }

var _ port.AuditSeals = auditSeals{}

func (r auditSeals) Newest(ctx context.Context) (domain.SealRecord, error) {
	var rows []sealRow
	if err := r.selects(&rows).OrderExpr("s.number DESC").Limit(1).Scan(ctx); err != nil || len(rows) == 0 {
		return domain.SealRecord{}, r.dialect.translate(err)
	}
	return rows[0].record(), nil
}

func (r auditSeals) Seals(ctx context.Context, after int64, limit int) ([]domain.SealRecord, error) {
	var rows []sealRow
	err := r.selects(&rows).Where("s.number > ?", after).OrderExpr("s.number").Limit(int64(limit)).Scan(ctx)
	return mapped(rows, (*sealRow).record), r.dialect.translate(err)
}

func (r auditSeals) Waiting(ctx context.Context, limit int) ([]domain.WaitingEvent, error) {
	var rows []struct {
		auditRow `bun:",extend"`
		Turn     int
	}
	err := r.waiting(limit).Scan(ctx, &rows)
	events := make([]domain.WaitingEvent, len(rows))
	for i := range rows {
		events[i] = domain.WaitingEvent{Event: rows[i].event(), Turn: rows[i].Turn}
	}
	return events, r.dialect.translate(err)
}

// waiting selects the first waiting ids and joins their events. An id whose event is missing is never sealed, so that the
// verification of the log finds it.
func (r auditSeals) waiting(limit int) *bun.SelectQuery {
	first := r.selects((*waitingRow)(nil)).Column("org_id", "event_id", "turn").OrderExpr("w.event_id").Limit(int64(limit))
	return r.db.NewSelect().TableExpr("(?) AS f", first).
		Join("JOIN audit_events AS ae ON ae.org_id = f.org_id AND ae.id = f.event_id").
		ColumnExpr("ae.*, f.turn").OrderExpr("f.event_id")
}

func (r auditSeals) Put(ctx context.Context, record domain.SealRecord, waiting []domain.WaitingEvent, sealed []domain.SealedEvent) error {
	row := &sealRow{
		OrgID: r.org, Number: record.Number, First: record.First, Events: record.Events,
		SealedAt: record.At, Until: record.Until, Token: record.Token,
	}
	inserted, err := r.counted(r.db.NewInsert().Model(row).On("CONFLICT (org_id, number) DO NOTHING").Exec(ctx))
	if err != nil {
		return err
	}
	if inserted == 0 {
		return domain.ErrStale
	}
	released, err := r.release(ctx, waiting)
	if err != nil {
		return err
	}
	if released != len(waiting) {
		return domain.ErrStale
	}
	rows := make([]proofRow, len(sealed))
	for i, s := range sealed {
		rows[i] = newProofRow(r.org, s)
	}
	return r.insert(ctx, &rows)
}

// release removes the waiting events whose turn has not changed since they were read, and returns how many.
func (r auditSeals) release(ctx context.Context, waiting []domain.WaitingEvent) (released int, err error) {
	turns := map[int][]domain.EventID{}
	for _, w := range waiting {
		turns[w.Turn] = append(turns[w.Turn], w.Event.ID)
	}
	for turn, ids := range turns {
		n, err := r.counted(r.deletes((*waitingRow)(nil)).Where("event_id IN (?)", bun.List(ids)).Where("turn = ?", turn).Exec(ctx))
		if err != nil {
			return released, err
		}
		released += n
	}
	return released, nil
}

// Expiry implements port.Evidence. The newest event of a removal has the details.
func (r auditSeals) Expiry(ctx context.Context) (domain.Expiry, error) {
	events, err := audit(r).List(ctx, domain.AuditFilter{Action: domain.EventAuditExpired}, domain.AuditPlace{}, 1)
	if err != nil || len(events) == 0 {
		return domain.Expiry{}, err
	}
	expiry, ok := domain.ExpiryOf(events[0])
	if !ok {
		return domain.Expiry{}, errors.New("the event of the latest removal by age cannot be read")
	}
	return expiry, nil
}

// Expire implements port.AuditSeals. Only these statements may delete events.
func (r auditSeals) Expire(ctx context.Context, before time.Time, limit int) (x domain.Expiry, err error) {
	expiring, first, err := r.expiring(ctx, before, limit)
	if err != nil || len(expiring) == 0 {
		return x, err
	}
	last := expiring[len(expiring)-1]
	for _, record := range expiring {
		x.Events += record.Events
	}
	x.Through, x.Before = last.Number, before
	err = r.through(ctx, doorExpire, func() error {
		next := last.First + int64(last.Events)
		sealed := r.selects((*proofRow)(nil)).Column("event_id").Where("p.position >= ?", first).Where("p.position < ?", next)
		events, err := r.counted(r.deletes((*auditRow)(nil)).Where("id IN (?)", sealed).Exec(ctx))
		if err != nil {
			return err
		}
		if events != x.Events {
			return domain.ErrAuditBroken
		}
		return r.done(r.deletes((*proofRow)(nil)).Where("position >= ?", first).Where("position < ?", next).Exec(ctx))
	})
	return x, err
}

// expiring returns the oldest seals whose events are still stored and all happened before the given time, and the position
// of the first of these events.
func (r auditSeals) expiring(ctx context.Context, before time.Time, limit int) (records []domain.SealRecord, first int64, err error) {
	var oldest []proofRow
	if err := r.selects(&oldest).OrderExpr("p.position").Limit(1).Scan(ctx); err != nil || len(oldest) == 0 {
		return nil, 0, r.dialect.translate(err)
	}
	all, err := r.Seals(ctx, oldest[0].Seal-1, limit)
	for _, record := range all {
		if !record.Until.Before(before) {
			break
		}
		records = append(records, record)
	}
	return records, oldest[0].Position, err
}

// through opens a door (see doorOrgs) while fn runs.
func (t *orgTx) through(ctx context.Context, door string, fn func() error) error {
	if err := t.dialect.setDoor(ctx, t.db, door); err != nil {
		return t.dialect.translate(err)
	}
	if err := fn(); err != nil {
		return err
	}
	return t.dialect.translate(t.dialect.setDoor(ctx, t.db, ""))
}
