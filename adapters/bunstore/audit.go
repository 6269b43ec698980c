package bunstore

import (
	"context"
	"time"

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
	ActorType    domain.ActorType
	ActorOrgID   domain.OrgID `bun:",nullzero"`
	ResourceType string
	ResourceID   string
	Details      jsonColumn[map[string]string]
	Address      string
	UserAgent    string
	RequestID    string
}

func newAuditRow(org domain.OrgID, e domain.AuditEvent) *auditRow {
	details := make(map[string]string, len(e.Details))
	for name, text := range e.Details {
		details[storable(name)] = storable(text)
	}
	return &auditRow{
		OrgID: org, ID: e.ID, At: e.At, Name: e.Name, Outcome: e.Outcome, ActorID: e.Actor, ActorType: e.ActorType,
		ActorOrgID: e.Origin.HomeOrg, ResourceType: e.ResourceType, ResourceID: storable(e.ResourceID),
		Details: jsonColumn[map[string]string]{details}, Address: storable(e.Origin.Address), UserAgent: storable(e.Origin.UserAgent),
		RequestID: storable(e.Origin.RequestID),
	}
}

func (r *auditRow) event() domain.AuditEvent {
	event := domain.AuditEvent{
		ID: r.ID, At: r.At.UTC(), Name: r.Name, Outcome: r.Outcome, Actor: r.ActorID, ActorType: r.ActorType,
		ResourceType: r.ResourceType, ResourceID: r.ResourceID,
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

// AppendAll implements port.Audit.
func (r audit) AppendAll(ctx context.Context, events []domain.AuditEvent) error {
	if len(events) == 0 {
		return nil
	}
	if len(events) == 1 {
		return r.Append(ctx, events[0])
	}
	rows := make([]*auditRow, len(events))
	for i, event := range events {
		rows[i] = newAuditRow(r.org, event)
	}
	if err := r.insert(ctx, &rows); err != nil {
		return err
	}
	r.events = append(r.events, events...)
	return nil
}

// Get implements port.Audit.
func (r audit) Get(ctx context.Context, id domain.EventID) (domain.AuditEvent, error) {
	var row auditRow
	err := r.selects(&row).Where("ae.id = ?", id).Scan(ctx)
	return row.event(), r.one(err, domain.ErrNotFound)
}

// appendEvent and appendEventSQLite are prepared statements: every unit of work that writes appends an event, and parsing
// takes a large part of the time of an insert.
const (
	appendEvent = `INSERT INTO audit_events
	(org_id, id, at, name, outcome, actor_id, actor_type, actor_org_id, resource_type, resource_id, details, address, user_agent,
	request_id)
	VALUES ($1, $2, $3, $4, $5, NULLIF($6::text, '')::uuid, $7, NULLIF($8::text, '')::uuid, $9, $10, $11, $12, $13, $14)`
	appendEventSQLite = `INSERT INTO audit_events
	(org_id, id, at, name, outcome, actor_id, actor_type, actor_org_id, resource_type, resource_id, details, address, user_agent,
	request_id)
	VALUES (?1, ?2, ?3, ?4, ?5, NULLIF(?6, ''), ?7, NULLIF(?8, ''), ?9, ?10, ?11, ?12, ?13, ?14)`
)

// add inserts the row.
func (r audit) add(ctx context.Context, row *auditRow) error {
	values := []any{
		string(row.OrgID), string(row.ID), row.At, string(row.Name), string(row.Outcome), string(row.ActorID), string(row.ActorType),
		string(row.ActorOrgID), row.ResourceType, row.ResourceID, row.Details, row.Address, row.UserAgent, row.RequestID,
	}
	if r.dialect.append == nil {
		return r.queue(ctx, appendEvent, values...)
	}
	return r.dialect.observed(ctx, "INSERT audit_events", func(ctx context.Context) error {
		return r.done(r.dialect.append.exec(ctx, r.db.Tx, sqliteValues(values)))
	})
}

// eventColumn is a column of audit events that has an index.
type eventColumn string

const (
	byActor    eventColumn = "actor"
	byResource eventColumn = "resource"
	byName     eventColumn = "name"
)

// eventsBy selects audit events for a query with a condition on the column.
func (t *orgTx) eventsBy(column eventColumn, model any) *bun.SelectQuery {
	q := t.selects(model)
	if t.dialect.eventsBy != nil {
		q = q.ModelTableExpr(t.dialect.eventsBy(column))
	}
	return q
}

func (r audit) Newest(ctx context.Context, limit int) ([]domain.AuditEvent, error) {
	return r.List(ctx, domain.AuditFilter{}, domain.AuditPlace{}, limit)
}

func (r audit) List(ctx context.Context, filter domain.AuditFilter, after domain.AuditPlace, limit int) ([]domain.AuditEvent, error) {
	var rows []auditRow
	err := r.listing(&rows, filter, after, limit).Scan(ctx)
	return mapped(rows, (*auditRow).event), r.dialect.translate(err)
}

func (r audit) Last(ctx context.Context, history domain.History) (domain.AuditEvent, error) {
	var row auditRow
	err := r.latest(&row, history).Scan(ctx)
	return row.event(), r.one(err, domain.ErrNotFound)
}

// latest selects the newest event of the history. It uses the index of the resource or, without a resource, of the name.
func (r audit) latest(row *auditRow, history domain.History) *bun.SelectQuery {
	column := byName
	if history.Resource != "" {
		column = byResource
	}
	q := r.eventsBy(column, row).Where("ae.name IN (?)", bun.List(history.Events)).OrderExpr("ae.at DESC, ae.id DESC").Limit(1)
	if history.Resource != "" {
		q = q.Where("ae.resource_id = ?", history.Resource)
	}
	if history.Detail != "" {
		q = q.Where("ae.details ->> ? IS NOT NULL", history.Detail)
	}
	return q
}

// matching selects the events that have the values of the filter. It uses the index of one of these columns or, if none of them
// has an index, the index of the time.
func (r audit) matching(rows *[]auditRow, filter domain.AuditFilter) *bun.SelectQuery {
	var q *bun.SelectQuery
	switch {
	case filter.ResourceID != "":
		q = r.eventsBy(byResource, rows)
	case filter.Actor != "":
		q = r.eventsBy(byActor, rows)
	case filter.Action != "":
		q = r.eventsBy(byName, rows)
	default:
		q = r.selects(rows)
	}
	for _, named := range []struct{ column, value string }{
		{"name", string(filter.Action)},
		{"actor_id", string(filter.Actor)},
		{"resource_type", filter.ResourceType},
		{"resource_id", filter.ResourceID},
	} {
		if named.value != "" {
			q = q.Where("ae.? = ?", bun.Ident(named.column), named.value)
		}
	}
	return q
}

// listing selects the events after the place, newest first.
func (r audit) listing(rows *[]auditRow, filter domain.AuditFilter, after domain.AuditPlace, limit int) *bun.SelectQuery {
	q := r.matching(rows, filter).OrderExpr("ae.at DESC, ae.id DESC").Limit(int64(limit))
	if !filter.From.IsZero() {
		q = q.Where("ae.at >= ?", filter.From)
	}
	if after.ID != "" {
		q = q.Where("(ae.at, ae.id) < (?, ?)", after.At, after.ID)
	}
	// If the place is the tighter bound, the other is left out: with two bounds SQLite chooses a worse plan.
	if !filter.To.IsZero() && (after.ID == "" || after.At.After(filter.To)) {
		q = q.Where("ae.at < ?", filter.To)
	}
	return q
}
