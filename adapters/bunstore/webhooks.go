package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

type webhookRow struct {
	bun.BaseModel `bun:"table:webhooks,alias:w"`

	OrgID          domain.OrgID     `bun:",pk"`
	ID             domain.WebhookID `bun:",pk"`
	URL            string
	Events         jsonColumn[[]domain.EventName]
	Disabled       domain.WebhookEnd
	Secret         domain.SealedSecret
	PreviousSecret domain.SealedSecret
	PreviousUntil  time.Time `bun:",nullzero"`
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Version        int64

	Failures    int       `bun:",scanonly"`
	PausedUntil time.Time `bun:",scanonly"`
}

// webhookCircuitRow says who sends to a webhook now, and how the last attempts went.
type webhookCircuitRow struct {
	bun.BaseModel `bun:"table:webhook_circuits,alias:c"`

	OrgID        domain.OrgID     `bun:",pk"`
	WebhookID    domain.WebhookID `bun:",pk"`
	ClaimedAt    time.Time        `bun:",nullzero"`
	ClaimedUntil time.Time        `bun:",nullzero"`
	Failures     int
	PausedUntil  time.Time `bun:",nullzero"`
}

func newWebhookRow(org domain.OrgID, w domain.Webhook) *webhookRow {
	return &webhookRow{
		OrgID: org, ID: w.ID, URL: w.URL, Events: list(w.Events), Disabled: w.Disabled, Secret: w.Secret, PreviousSecret: w.Previous,
		PreviousUntil: w.PreviousUntil, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt, Version: w.Version,
	}
}

func (r *webhookRow) webhook() domain.Webhook {
	return domain.Webhook{
		ID: r.ID, URL: r.URL, Events: r.Events.value, Disabled: r.Disabled, Secret: r.Secret, Previous: r.PreviousSecret,
		PreviousUntil: r.PreviousUntil.UTC(), Circuit: domain.WebhookCircuit{Failures: r.Failures, PausedUntil: r.PausedUntil.UTC()},
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Version: r.Version,
	}
}

type webhooks struct{ *orgTx }

// withCircuit selects webhooks with their circuits.
func (r webhooks) withCircuit(model any) *bun.SelectQuery {
	return r.selects(model).ColumnExpr("w.*, c.failures, c.paused_until").
		Join("JOIN webhook_circuits AS c ON c.org_id = w.org_id AND c.webhook_id = w.id")
}

func (r webhooks) Get(ctx context.Context, id domain.WebhookID) (domain.Webhook, error) {
	var row webhookRow
	err := r.withCircuit(&row).Where("w.id = ?", id).Scan(ctx)
	return row.webhook(), r.one(err, domain.ErrNotFound)
}

func (r webhooks) Lock(ctx context.Context, id domain.WebhookID) (domain.Webhook, error) {
	var row webhookRow
	q := r.withCircuit(&row).Where("w.id = ?", id)
	if r.dialect.lockRows {
		q = q.For("NO KEY UPDATE OF w")
	}
	err := q.Scan(ctx)
	return row.webhook(), r.one(err, domain.ErrNotFound)
}

func (r webhooks) List(ctx context.Context) ([]domain.Webhook, error) {
	var rows []webhookRow
	err := r.withCircuit(&rows).OrderExpr("w.id").Scan(ctx)
	return mapped(rows, (*webhookRow).webhook), r.dialect.translate(err)
}

func (r webhooks) Insert(ctx context.Context, w domain.Webhook) error {
	if err := r.insert(ctx, newWebhookRow(r.org, w)); err != nil {
		return err
	}
	return r.insert(ctx, &webhookCircuitRow{OrgID: r.org, WebhookID: w.ID})
}

func (r webhooks) Update(ctx context.Context, w domain.Webhook) error {
	row := newWebhookRow(r.org, w)
	row.Version++
	result, err := r.updates(row).Column("url", "events", "disabled", "secret", "previous_secret", "previous_until", "updated_at", "version").
		Where("id = ?", w.ID).Where("version = ?", w.Version).Exec(ctx)
	return r.changed(result, err, domain.ErrStale)
}

func (r webhooks) Remove(ctx context.Context, id domain.WebhookID) error {
	result, err := r.deletes((*webhookRow)(nil)).Where("id = ?", id).Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}

const isActiveWebhook = `EXISTS (SELECT 1 FROM webhooks w
	WHERE w.org_id = ?TableAlias.org_id AND w.id = ?TableAlias.webhook_id AND w.disabled = '')`

// circuit updates the circuit of a webhook.
func (r webhooks) circuit(id domain.WebhookID) *bun.UpdateQuery {
	return r.updates((*webhookCircuitRow)(nil)).Where("webhook_id = ?", id)
}

// Claim implements port.Webhooks. Of parallel updates of a row each reads what the one before has stored.
func (r webhooks) Claim(ctx context.Context, id domain.WebhookID, now, until time.Time) (bool, error) {
	n, err := r.counted(r.circuit(id).Set("claimed_at = ?", now).Set("claimed_until = ?", until).
		Where("claimed_until IS NULL OR claimed_until <= ?", now).Where("paused_until IS NULL OR paused_until <= ?", now).
		Where(isActiveWebhook).Exec(ctx))
	return n > 0, err
}

// Renew implements port.Webhooks.
func (r webhooks) Renew(ctx context.Context, id domain.WebhookID, held, until time.Time) (bool, error) {
	n, err := r.counted(r.circuit(id).Set("claimed_until = ?", until).Where("claimed_until = ?", held).Where(isActiveWebhook).Exec(ctx))
	return n > 0, err
}

func (r webhooks) Release(ctx context.Context, id domain.WebhookID, held time.Time, circuit domain.WebhookCircuit) error {
	return r.done(r.circuit(id).Set("claimed_until = NULL").Set("failures = ?", circuit.Failures).
		Set("paused_until = ?", orNull(circuit.PausedUntil)).Where("claimed_until = ?", held).Where(isActiveWebhook).Exec(ctx))
}

func (r webhooks) Resume(ctx context.Context, id domain.WebhookID) error {
	return r.done(r.circuit(id).Set("failures = 0").Set("paused_until = NULL").Exec(ctx))
}

// dueWebhooks returns those first that were served longest ago.
const dueWebhooks = `SELECT w.org_id AS org, w.id AS webhook FROM webhooks w
	JOIN webhook_circuits c ON c.org_id = w.org_id AND c.webhook_id = w.id
	WHERE w.disabled = '' AND (c.claimed_until IS NULL OR c.claimed_until <= ?0) AND (c.paused_until IS NULL OR c.paused_until <= ?0)
		AND EXISTS (SELECT 1 FROM webhook_deliveries d
			WHERE d.webhook_id = w.id AND d.org_id = w.org_id AND d.status = 'pending' AND d.due_at <= ?0)
	ORDER BY c.claimed_at NULLS FIRST, w.id LIMIT ?1`

// DueWebhooks implements port.Platform.
func (p platform) DueWebhooks(ctx context.Context, now time.Time, limit int) ([]port.OrgWebhook, error) {
	var due []port.OrgWebhook
	err := p.store.unit(ctx, scope{door: doorWebhooks}, func(unit port.OrgTx) error {
		due = nil
		tx := unit.(*orgTx)
		return tx.dialect.translate(tx.db.NewRaw(dueWebhooks, now, limit).Scan(ctx, &due))
	})
	return due, err
}
