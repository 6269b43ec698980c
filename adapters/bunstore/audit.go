package bunstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type auditRow struct {
	bun.BaseModel `bun:"table:audit_events,alias:ae"`

	OrgID        domain.OrgID   `bun:",pk"`
	ID           domain.EventID `bun:",pk"`
	At           time.Time
	Name         domain.EventName
	Outcome      domain.Outcome
	ActorID      domain.UserID `bun:",nullzero"`
	ActorOrgID   domain.OrgID  `bun:",nullzero"`
	ResourceType string
	ResourceID   string
	Details      jsonColumn[map[string]string]
	Address      string
	UserAgent    string
	RequestID    string
}

func newAuditRow(org domain.OrgID, e domain.AuditEvent) *auditRow {
	row := &auditRow{
		OrgID: org, ID: e.ID, At: e.At, Name: e.Name, Outcome: e.Outcome, ActorID: e.Actor, ActorOrgID: e.Origin.HomeOrg, ResourceType: e.ResourceType, ResourceID: storable(e.ResourceID),
		Details: jsonColumn[map[string]string]{map[string]string{}}, Address: storable(e.Origin.Address), UserAgent: storable(e.Origin.UserAgent), RequestID: storable(e.Origin.RequestID),
	}
	for name, text := range e.Details {
		row.Details.value[storable(name)] = storable(text)
	}
	return row
}

func (r *auditRow) event() domain.AuditEvent {
	event := domain.AuditEvent{
		ID: r.ID, At: r.At.UTC(), Name: r.Name, Outcome: r.Outcome, Actor: r.ActorID, ResourceType: r.ResourceType, ResourceID: r.ResourceID,
		Origin: domain.Origin{Address: r.Address, UserAgent: r.UserAgent, RequestID: r.RequestID, HomeOrg: r.ActorOrgID},
	}
	if len(r.Details.value) > 0 {
		event.Details = r.Details.value
	}
	return event
}

type audit struct{ *orgTx }

func (r audit) Append(ctx context.Context, event domain.AuditEvent) error {
	if err := r.add(ctx, newAuditRow(r.org, event)); err != nil {
		return err
	}
	r.events = append(r.events, event)
	return nil
}

// appendEvent is prepared on PostgreSQL: every write has an event, and most of what an
// insert costs there is to be understood.
const appendEvent = `INSERT INTO audit_events
	(org_id, id, at, name, outcome, actor_id, actor_org_id, resource_type, resource_id, details, address, user_agent, request_id)
	VALUES ($1, $2, $3, $4, $5, NULLIF($6::text, '')::uuid, NULLIF($7::text, '')::uuid, $8, $9, $10, $11, $12, $13)`

// add leaves the row to COMMIT where that saves a round trip.
func (r audit) add(ctx context.Context, row *auditRow) error {
	if !r.dialect.prepared {
		return r.insert(ctx, row)
	}
	r.ends.last.Queue(appendEvent, string(row.OrgID), string(row.ID), row.At, string(row.Name), string(row.Outcome), string(row.ActorID),
		string(row.ActorOrgID), row.ResourceType, row.ResourceID, row.Details, row.Address, row.UserAgent, row.RequestID)
	return nil
}

// eventRows selects from the audit log, with what the unit itself has appended.
func (t *orgTx) eventRows(ctx context.Context, model any) *bun.SelectQuery {
	return t.selects(model).Err(t.appended(ctx))
}

// appended makes rows of the events that would have become such with COMMIT.
func (t *orgTx) appended(ctx context.Context) error {
	for _, statement := range t.ends.last.QueuedQueries {
		if _, err := t.db.Tx.ExecContext(ctx, statement.SQL, statement.Arguments...); err != nil {
			return err
		}
	}
	t.ends.last = pgx.Batch{}
	return nil
}

func (r audit) Newest(ctx context.Context, limit int) ([]domain.AuditEvent, error) {
	return r.List(ctx, domain.AuditFilter{}, domain.AuditPlace{}, limit)
}

func (r audit) List(ctx context.Context, filter domain.AuditFilter, after domain.AuditPlace, limit int) ([]domain.AuditEvent, error) {
	var rows []auditRow
	err := r.listing(ctx, &rows, filter, after, limit).Scan(ctx)
	return mapped(rows, (*auditRow).event), r.dialect.translate(err)
}

func (r audit) Last(ctx context.Context, history domain.History) (domain.AuditEvent, error) {
	var row auditRow
	err := r.latest(ctx, &row, history).Scan(ctx)
	return row.event(), r.one(err, domain.ErrNotFound)
}

// latest walks the index of the resource, or of the one name.
func (r audit) latest(ctx context.Context, row *auditRow, history domain.History) *bun.SelectQuery {
	q := r.eventRows(ctx, row).Where("ae.name IN (?)", bun.List(history.Events)).OrderExpr("ae.at DESC, ae.id DESC").Limit(1)
	if history.Resource != "" {
		q = q.Where("ae.resource_id = ?", history.Resource)
	}
	if history.Detail != "" {
		q = q.Where("ae.details ->> ? IS NOT NULL", history.Detail)
	}
	return q
}

// listing walks one index from the place on: by time, or by what the filter names.
func (r audit) listing(ctx context.Context, rows *[]auditRow, filter domain.AuditFilter, after domain.AuditPlace, limit int) *bun.SelectQuery {
	q := r.eventRows(ctx, rows).OrderExpr("ae.at DESC, ae.id DESC").Limit(int64(limit))
	for _, named := range []struct{ column, value string }{
		{"name", string(filter.Action)}, {"actor_id", string(filter.Actor)}, {"resource_type", filter.ResourceType}, {"resource_id", filter.ResourceID},
	} {
		if named.value != "" {
			q = q.Where("ae.? = ?", bun.Ident(named.column), named.value)
		}
	}
	if !filter.From.IsZero() {
		q = q.Where("ae.at >= ?", filter.From)
	}
	if after.ID != "" {
		q = q.Where("(ae.at, ae.id) < (?, ?)", after.At, after.ID)
	}
	if !filter.To.IsZero() && (after.ID == "" || after.At.After(filter.To)) { // else the place says more, and two bounds confuse SQLite
		q = q.Where("ae.at < ?", filter.To)
	}
	return q
}
