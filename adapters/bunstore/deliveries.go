package bunstore

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// How long deliveries are stored: delivered ones after their last attempt, others after they were given up.
const (
	keepDelivered = 3 * 24 * time.Hour
	keepFailed    = 30 * 24 * time.Hour
)

type deliveryRow struct {
	bun.BaseModel `bun:"table:webhook_deliveries,alias:d"`

	OrgID       domain.OrgID     `bun:",pk"`
	WebhookID   domain.WebhookID `bun:",pk"`
	EventID     domain.EventID   `bun:",pk"`
	Event       domain.EventName
	Status      domain.DeliveryStatus
	Attempts    int
	DueAt       time.Time
	CreatedAt   time.Time
	AttemptedAt time.Time `bun:",nullzero"`
	Answer      int
	Failure     domain.DeliveryFault
	ExpiresAt   time.Time
}

func newDeliveryRow(org domain.OrgID, d domain.Delivery) *deliveryRow {
	expires := d.CreatedAt.Add(domain.DeliveryLifetime + keepFailed)
	switch {
	case d.AttemptedAt.IsZero():
	case d.Status == domain.DeliveryDelivered:
		expires = d.AttemptedAt.Add(keepDelivered)
	case d.Status == domain.DeliveryFailed:
		expires = d.AttemptedAt.Add(keepFailed)
	}
	return &deliveryRow{
		OrgID: org, WebhookID: d.Webhook, EventID: d.Event, Event: d.Type, Status: d.Status, Attempts: d.Attempts, DueAt: d.DueAt,
		CreatedAt: d.CreatedAt, AttemptedAt: d.AttemptedAt, Answer: d.Answer, Failure: d.Failure, ExpiresAt: expires,
	}
}

func (r *deliveryRow) delivery() domain.Delivery {
	return domain.Delivery{
		Webhook: r.WebhookID, Event: r.EventID, Type: r.Event, Status: r.Status, Attempts: r.Attempts, DueAt: r.DueAt.UTC(),
		CreatedAt: r.CreatedAt.UTC(), AttemptedAt: r.AttemptedAt.UTC(), Answer: r.Answer, Failure: r.Failure,
	}
}

type deliveries struct{ *orgTx }

func (r deliveries) Add(
	ctx context.Context, webhook domain.WebhookID, event domain.EventID, kind domain.EventName, due time.Time,
) error {
	row := newDeliveryRow(r.org, domain.Delivery{
		Webhook: webhook, Event: event, Type: kind, Status: domain.DeliveryPending, DueAt: due, CreatedAt: due,
	})
	return r.done(r.db.NewInsert().Model(row).On("CONFLICT (org_id, webhook_id, event_id) DO NOTHING").Exec(ctx))
}

func (r deliveries) Due(ctx context.Context, webhook domain.WebhookID, now time.Time, limit int) ([]port.DueDelivery, error) {
	var rows []struct {
		Delivery deliveryRow `bun:"embed:d_"`
		Event    auditRow    `bun:"embed:ae_"`
	}
	q := r.db.NewSelect().TableExpr("webhook_deliveries AS d").
		Join("LEFT JOIN audit_events AS ae ON ae.org_id = d.org_id AND ae.id = d.event_id").
		Where("d.org_id = ?", r.org).Where("d.webhook_id = ?", webhook).Where("d.status = ?", domain.DeliveryPending).
		Where("d.due_at <= ?", now).OrderExpr("d.due_at, d.event_id").Limit(int64(limit))
	for _, column := range strings.Fields(`webhook_id event_id event status attempts due_at created_at attempted_at answer failure`) {
		q = q.ColumnExpr("d.? AS ?", bun.Ident(column), bun.Ident("d_"+column))
	}
	for _, column := range strings.Fields(`id at name outcome actor_id actor_type actor_org_id resource_type resource_id details address
		user_agent request_id`) {
		q = q.ColumnExpr("ae.? AS ?", bun.Ident(column), bun.Ident("ae_"+column))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, r.dialect.translate(err)
	}
	due := make([]port.DueDelivery, len(rows))
	for i := range rows {
		due[i].Delivery = rows[i].Delivery.delivery()
		if rows[i].Event.ID != "" {
			due[i].AuditEvent = rows[i].Event.event()
		}
	}
	return due, nil
}

// Store implements port.Deliveries with one statement. PostgreSQL has to be told the types of the values.
func (r deliveries) Store(ctx context.Context, attempted []domain.Delivery) error {
	if len(attempted) == 0 {
		return nil
	}
	values := make([]string, len(attempted))
	var args []any
	for i, d := range attempted {
		row := newDeliveryRow(r.org, d)
		values[i] = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		args = append(args, row.WebhookID, row.EventID, row.Status, row.Attempts, row.DueAt, row.CreatedAt, orNull(row.AttemptedAt),
			row.Answer, row.Failure, row.ExpiresAt)
	}
	id, at := "", ""
	if r.dialect.lockRows {
		id, at = "::uuid", "::timestamptz"
	}
	statement := `WITH v (webhook_id, event_id, status, attempts, due_at, created_at, attempted_at, answer, failure, expires_at) AS (VALUES ` +
		strings.Join(values, ", ") + `) UPDATE webhook_deliveries AS d SET status = v.status, attempts = v.attempts, due_at = v.due_at` + at +
		`, created_at = v.created_at` + at + `, attempted_at = v.attempted_at` + at + `, answer = v.answer, failure = v.failure,
		expires_at = v.expires_at` + at + ` FROM v WHERE d.org_id = ? AND d.webhook_id = v.webhook_id` + id + ` AND d.event_id = v.event_id` + id
	return r.done(r.db.NewRaw(statement, append(args, r.org)...).Exec(ctx))
}

// pending updates the pending deliveries of a webhook.
func (r deliveries) pending(webhook domain.WebhookID) *bun.UpdateQuery {
	return r.updates((*deliveryRow)(nil)).Where("webhook_id = ?", webhook).Where("status = ?", domain.DeliveryPending)
}

func (r deliveries) Hasten(ctx context.Context, webhook domain.WebhookID, now time.Time) error {
	return r.done(r.pending(webhook).Set("due_at = ?", now).Where("due_at > ?", now).Exec(ctx))
}

// Expire implements port.Deliveries.
func (r deliveries) Expire(ctx context.Context, webhook domain.WebhookID, before time.Time, fault domain.DeliveryFault) error {
	return r.done(r.pending(webhook).Set("status = ?", domain.DeliveryFailed).Set("failure = ?", fault).
		Where("created_at < ?", before).Exec(ctx))
}

func (r deliveries) Get(ctx context.Context, webhook domain.WebhookID, event domain.EventID) (domain.Delivery, error) {
	var row deliveryRow
	err := r.selects(&row).Where("d.webhook_id = ?", webhook).Where("d.event_id = ?", event).Scan(ctx)
	return row.delivery(), r.one(err, domain.ErrNotFound)
}

func (r deliveries) List(
	ctx context.Context, webhook domain.WebhookID, status domain.DeliveryStatus, after domain.EventID, limit int,
) ([]domain.Delivery, error) {
	var rows []deliveryRow
	q := r.selects(&rows).Where("d.webhook_id = ?", webhook).OrderExpr("d.event_id DESC").Limit(int64(limit))
	if status != "" {
		q = q.Where("d.status = ?", status)
	}
	if after != "" {
		q = q.Where("d.event_id < ?", after)
	}
	err := q.Scan(ctx)
	return mapped(rows, (*deliveryRow).delivery), r.dialect.translate(err)
}
