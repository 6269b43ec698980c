package bunstore

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

type proofRow struct {
	bun.BaseModel `bun:"table:audit_proofs,alias:p"`

	OrgID    domain.OrgID `bun:",pk"`
	Position int64        `bun:",pk"`
	EventID  domain.EventID
	Seal     int64
	Salt     string
	Fields   jsonColumn[proofFields]
}

// proofFields holds the hashes of the fields of a partly erased event, by the name of the field.
type proofFields struct {
	Salts       map[string]string `json:"salts,omitempty"`
	Commitments map[string]string `json:"commitments,omitempty"`
}

func newProofRow(org domain.OrgID, s domain.SealedEvent) proofRow {
	text := s.Proof.Text()
	return proofRow{
		OrgID: org, Position: s.Position, EventID: s.Event.ID, Seal: s.Seal, Salt: text.Salt,
		Fields: jsonColumn[proofFields]{proofFields{text.Salts, text.Commitments}},
	}
}

func (r *proofRow) proof() domain.EventProof {
	return domain.ProofText{Salt: r.Salt, Salts: r.Fields.value.Salts, Commitments: r.Fields.value.Commitments}.Proof()
}

func (r *proofRow) sealed(event domain.AuditEvent, removed bool) domain.SealedEvent {
	return domain.SealedEvent{Event: event, Removed: removed, Seal: r.Seal, Position: r.Position, Proof: r.proof()}
}

// Covered implements port.Evidence. It runs a single query, because an event could be erased between two queries.
func (r auditSeals) Covered(ctx context.Context, first int64, n int) ([]domain.SealedEvent, error) {
	var rows []struct {
		auditRow `bun:",extend"`
		EventID  domain.EventID
		Position int64
		Seal     int64
		Salt     string
		Fields   jsonColumn[proofFields]
	}
	err := r.selects((*proofRow)(nil)).Join("LEFT JOIN audit_events AS ae ON ae.org_id = p.org_id AND ae.id = p.event_id").
		ColumnExpr("ae.*, p.event_id, p.position, p.seal, p.salt, p.fields").
		Where("p.position >= ?", first).Where("p.position < ?", first+int64(n)).OrderExpr("p.position").Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, r.dialect.translate(err)
	}
	sealed := make([]domain.SealedEvent, len(rows))
	for i := range rows {
		proof := proofRow{Position: rows[i].Position, Seal: rows[i].Seal, Salt: rows[i].Salt, Fields: rows[i].Fields}
		if removed := rows[i].ID == ""; removed {
			sealed[i] = proof.sealed(domain.AuditEvent{ID: rows[i].EventID}, true)
		} else {
			sealed[i] = proof.sealed(rows[i].event(), false)
		}
	}
	return sealed, nil
}

func (r auditSeals) Proofs(ctx context.Context, events []domain.EventID) (map[domain.EventID]domain.SealedEvent, error) {
	if len(events) == 0 {
		return nil, nil
	}
	var rows []proofRow
	err := r.selects(&rows).Where("p.event_id IN (?)", bun.List(events)).Scan(ctx)
	proofs := make(map[domain.EventID]domain.SealedEvent, len(rows))
	for i := range rows {
		proofs[rows[i].EventID] = rows[i].sealed(domain.AuditEvent{ID: rows[i].EventID}, false)
	}
	return proofs, r.dialect.translate(err)
}

// Unsealed implements port.Evidence. It runs three short queries, because with one join PostgreSQL reads all proofs for
// each page. The proofs are read last, so that an event that has just been sealed has its proof.
func (r auditSeals) Unsealed(ctx context.Context, after domain.EventID, limit int) ([]port.UnsealedEvent, domain.EventID, error) {
	var rows []auditRow
	if err := r.unsealed(&rows, after, limit).Scan(ctx); err != nil || len(rows) == 0 {
		return nil, "", r.dialect.translate(err)
	}
	ids := make([]domain.EventID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	waiting, err := r.among(ctx, r.selects((*waitingRow)(nil)), ids)
	if err != nil {
		return nil, "", err
	}
	sealed, err := r.among(ctx, r.selects((*proofRow)(nil)), ids)
	var events []port.UnsealedEvent
	for i := range rows {
		if id := rows[i].ID; !sealed[id] {
			events = append(events, port.UnsealedEvent{ID: id, At: rows[i].At.UTC(), Waiting: waiting[id]})
		}
	}
	return events, ids[len(ids)-1], err
}

func (r auditSeals) unsealed(rows *[]auditRow, after domain.EventID, limit int) *bun.SelectQuery {
	q := r.selects(rows).Column("id", "at").OrderExpr("ae.id").Limit(int64(limit))
	if after != "" {
		q = q.Where("ae.id > ?", after)
	}
	return q
}

// among returns which of the events are in a table.
func (r auditSeals) among(ctx context.Context, q *bun.SelectQuery, ids []domain.EventID) (map[domain.EventID]bool, error) {
	var found []domain.EventID
	err := q.Column("event_id").Where("event_id IN (?)", bun.List(ids)).Scan(ctx, &found)
	has := make(map[domain.EventID]bool, len(found))
	for _, id := range found {
		has[id] = true
	}
	return has, r.dialect.translate(err)
}

func (r auditSeals) Lost(ctx context.Context) (domain.EventID, error) {
	return r.named(ctx, r.selects((*waitingRow)(nil)).Column("event_id").OrderExpr("w.event_id").
		Where("NOT EXISTS (SELECT 1 FROM audit_events ae WHERE ae.org_id = w.org_id AND ae.id = w.event_id)"))
}

func (r auditSeals) Beyond(ctx context.Context, next int64) (domain.EventID, error) {
	for _, outside := range []struct {
		where string
		bound int64
	}{{"p.position < ?", 1}, {"p.position >= ?", next}} { // each a range of the primary key
		id, err := r.named(ctx, r.selects((*proofRow)(nil)).Column("event_id").Where(outside.where, outside.bound).OrderExpr("p.position"))
		if err != nil || id != "" {
			return id, err
		}
	}
	return "", nil
}

// named returns the first id that a query finds, or an empty id.
func (r auditSeals) named(ctx context.Context, q *bun.SelectQuery) (id domain.EventID, err error) {
	err = r.one(q.Limit(1).Scan(ctx, &id), errNone)
	if errors.Is(err, errNone) {
		return "", nil
	}
	return id, err
}

var errNone = errors.New("no row")
