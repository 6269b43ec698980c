package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Webhooks stores the webhooks of the org. Audit.Append adds a delivery for each active webhook that wants the event.
type Webhooks interface {
	// Get returns a webhook, or domain.ErrNotFound.
	Get(ctx context.Context, id domain.WebhookID) (domain.Webhook, error)
	// Lock is Get, and locks the webhook until the unit of work ends.
	Lock(ctx context.Context, id domain.WebhookID) (domain.Webhook, error)
	// List returns all webhooks in the order of their ids.
	List(ctx context.Context) ([]domain.Webhook, error)
	Insert(ctx context.Context, webhook domain.Webhook) error
	// Update stores a webhook, except its circuit, and increments the version. It must return domain.ErrStale for a webhook
	// that was read before another update.
	Update(ctx context.Context, webhook domain.Webhook) error
	// Remove removes a webhook with its deliveries.
	Remove(ctx context.Context, id domain.WebhookID) error

	// Claim reserves the deliveries of a webhook for the caller until the time until. It returns false if they are reserved
	// by somebody else, or the webhook is unknown, disabled or paused. Of parallel calls one must succeed.
	Claim(ctx context.Context, id domain.WebhookID, now, until time.Time) (bool, error)
	// Renew extends the reservation that ends at held. It returns false if the webhook was removed, disabled, or reserved by
	// somebody else meanwhile.
	Renew(ctx context.Context, id domain.WebhookID, held, until time.Time) (bool, error)
	// Release ends the reservation that ends at held, and stores the circuit. It changes nothing if Renew would return false.
	Release(ctx context.Context, id domain.WebhookID, held time.Time, circuit domain.WebhookCircuit) error
	// Resume ends the pause of a webhook.
	Resume(ctx context.Context, id domain.WebhookID) error
}

// Deliveries stores what was and will be sent to the webhooks of the org.
type Deliveries interface {
	// Add adds a pending delivery of an event to one webhook, whatever events it wants. If Audit.Append has added it already,
	// Add changes nothing.
	Add(ctx context.Context, webhook domain.WebhookID, event domain.EventID, kind domain.EventName, due time.Time) error
	// Due returns at most limit pending deliveries of a webhook that are due, oldest first, with their events. An event
	// that is no longer in the audit log is the zero event.
	Due(ctx context.Context, webhook domain.WebhookID, now time.Time, limit int) ([]DueDelivery, error)
	// Store stores the results of attempts, in one round trip. Deliveries that were removed meanwhile stay removed.
	Store(ctx context.Context, attempted []domain.Delivery) error
	// Hasten makes all pending deliveries of a webhook due.
	Hasten(ctx context.Context, webhook domain.WebhookID, now time.Time) error
	// Expire gives up the pending deliveries of a webhook that were created before a time, because of the fault.
	Expire(ctx context.Context, webhook domain.WebhookID, before time.Time, fault domain.DeliveryFault) error
	// Get returns a delivery, or domain.ErrNotFound.
	Get(ctx context.Context, webhook domain.WebhookID, event domain.EventID) (domain.Delivery, error)
	// List returns at most limit deliveries of a webhook, newest first, starting after the event after. status limits them;
	// empty: all.
	List(
		ctx context.Context, webhook domain.WebhookID, status domain.DeliveryStatus, after domain.EventID, limit int,
	) ([]domain.Delivery, error)
}

// DueDelivery is a delivery with its event.
type DueDelivery struct {
	domain.Delivery

	AuditEvent domain.AuditEvent
}

// OrgWebhook is a webhook with its org.
type OrgWebhook struct {
	Org     domain.OrgID
	Webhook domain.WebhookID
}

// WebhookSender sends deliveries over HTTP.
type WebhookSender interface {
	// Send makes one attempt within 15 s, without following redirects. It never connects to an address of this host, of
	// a private network or of a cloud's metadata service, whatever name or notation leads there.
	Send(ctx context.Context, message WebhookMessage) WebhookAnswer
}

// WebhookMessage is what a WebhookSender sends.
type WebhookMessage struct {
	URL     string
	ID      domain.EventID
	At      time.Time // of the attempt
	Secrets []domain.Secret
	Body    domain.WebhookBody
}

// WebhookAnswer is what came of an attempt. No part of the answer's body is kept.
type WebhookAnswer struct {
	Status     int // 0: there was no answer
	Fault      domain.DeliveryFault
	RetryAfter time.Duration // what the receiver asks for; 0: nothing
}
