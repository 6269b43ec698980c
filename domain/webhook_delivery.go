package domain

import "time"

// WebhookCircuit stops the deliveries to a receiver that fails again and again, so that a dead receiver takes no time from
// others and its deliveries do not use up their attempts.
type WebhookCircuit struct {
	Failures    int       // in a row
	PausedUntil time.Time // zero: deliveries are attempted
}

// WebhookRotation is how long the old secret of a webhook still signs after a rotation.
const WebhookRotation = 24 * time.Hour

// Delivery is an event on its way to a webhook. Its id is that of the event.
type Delivery struct {
	Webhook     WebhookID
	Event       EventID
	Type        EventName
	Status      DeliveryStatus
	Attempts    int
	DueAt       time.Time     // of the next attempt
	CreatedAt   time.Time     // when its event happened, or when it was last resent: DeliveryLifetime begins
	AttemptedAt time.Time     // zero before the first attempt
	Answer      int           // the HTTP status of the last attempt; 0: there was none
	Failure     DeliveryFault // of the last attempt; empty: it succeeded
}

// Resent returns the delivery as a new one, which is due at once.
func (d Delivery) Resent(now time.Time) Delivery {
	d.Status, d.Attempts, d.DueAt, d.CreatedAt = DeliveryPending, 0, now, now
	return d
}

// DeliveryStatus says how far a delivery is.
type DeliveryStatus string

// The statuses of a delivery.
const (
	DeliveryPending   DeliveryStatus = "pending"
	DeliveryDelivered DeliveryStatus = "delivered"
	DeliveryFailed    DeliveryStatus = "failed" // given up after DeliveryLifetime; it can be sent again
)

// DeliveryFault says why an attempt failed. It never contains a part of the answer.
type DeliveryFault string

// The faults of an attempt.
const (
	FaultStatus      DeliveryFault = "status"      // the status of the answer is not 2xx
	FaultRedirect    DeliveryFault = "redirect"    // redirects are not followed
	FaultTimeout     DeliveryFault = "timeout"     // no answer within 15 s
	FaultUnreachable DeliveryFault = "unreachable" // no connection, or it broke off
	FaultForbidden   DeliveryFault = "forbidden"   // the host has an address that must not be called
	FaultTLS         DeliveryFault = "tls"         // the certificate is not valid
	FaultGone        DeliveryFault = "gone"        // the event was removed from the audit log
	FaultSecret      DeliveryFault = "secret"      // the secret of the webhook cannot be decrypted, so nothing can be signed
)

// DeliveryLifetime is how long a delivery is attempted.
const DeliveryLifetime = 72 * time.Hour
