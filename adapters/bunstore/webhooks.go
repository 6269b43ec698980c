package bunstore

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

type webhooks struct{ *orgTx }

type deliveries struct{ *orgTx }

func (r webhooks) Get(_ context.Context, _ domain.WebhookID) (r0 domain.Webhook, err error) {
	return r0, domain.ErrUnavailable
}

func (r webhooks) Lock(_ context.Context, _ domain.WebhookID) (r0 domain.Webhook, err error) {
	return r0, domain.ErrUnavailable
}

func (r webhooks) List(_ context.Context) (r0 []domain.Webhook, err error) {
	return r0, domain.ErrUnavailable
}

func (r webhooks) Insert(_ context.Context, _ domain.Webhook) (err error) {
	return domain.ErrUnavailable
}

func (r webhooks) Update(_ context.Context, _ domain.Webhook) (err error) {
	return domain.ErrUnavailable
}

func (r webhooks) Remove(_ context.Context, _ domain.WebhookID) (err error) {
	return domain.ErrUnavailable
}

func (r webhooks) Claim(_ context.Context, _ domain.WebhookID, _, _ time.Time) (r0 bool, err error) {
	return r0, domain.ErrUnavailable
}

func (r webhooks) Renew(_ context.Context, _ domain.WebhookID, _, _ time.Time) (r0 bool, err error) {
	return r0, domain.ErrUnavailable
}

func (r deliveries) Hasten(_ context.Context, _ domain.WebhookID, _ time.Time) (err error) {
	return domain.ErrUnavailable
}

func (r deliveries) Expire(_ context.Context, _ domain.WebhookID, _ time.Time, _ domain.DeliveryFault) (err error) {
	return domain.ErrUnavailable
}

func (r webhooks) Release(_ context.Context, _ domain.WebhookID, _ time.Time, _ domain.WebhookCircuit) (err error) {
	return domain.ErrUnavailable
}

func (r webhooks) Resume(_ context.Context, _ domain.WebhookID) error { return domain.ErrUnavailable }

func (r deliveries) Add(_ context.Context, _ domain.WebhookID, _ domain.EventID, _ domain.EventName, _ time.Time) (err error) {
	return domain.ErrUnavailable
}

func (r deliveries) Due(_ context.Context, _ domain.WebhookID, _ time.Time, _ int) (r0 []port.DueDelivery, err error) {
	return r0, domain.ErrUnavailable
}

func (r deliveries) Store(_ context.Context, _ []domain.Delivery) (err error) {
	return domain.ErrUnavailable
}

func (r deliveries) Get(_ context.Context, _ domain.WebhookID, _ domain.EventID) (r0 domain.Delivery, err error) {
	return r0, domain.ErrUnavailable
}

func (r deliveries) List(_ context.Context, _ domain.WebhookID, _ domain.DeliveryStatus, _ domain.EventID, _ int) (r0 []domain.Delivery, err error) {
	return r0, domain.ErrUnavailable
}

// DueWebhooks implements port.Platform.
func (p platform) DueWebhooks(context.Context, time.Time, int) ([]port.OrgWebhook, error) {
	return nil, domain.ErrUnavailable
}
