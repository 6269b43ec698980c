package webhooks

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// DeliveriesNeeds is what Deliveries requires of its caller.
var DeliveriesNeeds = proof.Needs{Permission: domain.PermWebhookManage}

// Deliveries returns a page of what was and will be sent to a webhook, newest event first.
type Deliveries struct{ proof.Guard }

// DeliveriesInput says which deliveries: of one status, or of all if it is empty, after the one of an event.
type DeliveriesInput struct {
	Status domain.DeliveryStatus
	After  domain.EventID
	Limit  int
}

// Execute returns ErrNotFound for a webhook that the caller's org does not have.
func (uc Deliveries) Execute(
	ctx context.Context, caller domain.Caller, id domain.WebhookID, in DeliveriesInput,
) (found []domain.Delivery, more bool, err error) {
	err = uc.Read(ctx, caller, DeliveriesNeeds, func(tx proof.Unit) (err error) {
		if _, err = tx.Webhooks().Get(ctx, id); err != nil {
			return err
		}
		found, err = tx.Deliveries().List(ctx, id, in.Status, in.After, in.Limit+1)
		return err
	})
	if more = len(found) > in.Limit; more {
		found = found[:in.Limit]
	}
	return found, more, err
}

// TestNeeds is what Test requires of its caller.
var TestNeeds = proof.Needs{Permission: domain.PermWebhookManage, Action: domain.ActionWebhookManage}

// Test sends an event to a webhook, whatever events it wants.
type Test struct{ proof.Guard }

// Execute returns the id of the event, which is also the id of its delivery. It returns ErrWebhookDisabled for a webhook that is
// not active.
func (uc Test) Execute(ctx context.Context, caller domain.Caller, id domain.WebhookID) (event domain.EventID, err error) {
	event = domain.EventID(uc.NewID())
	err = uc.Change(ctx, caller, TestNeeds, func(tx proof.Unit) error {
		webhook, err := activeWebhook(ctx, tx, id)
		if err != nil {
			return err
		}
		details := domain.Details{"host": webhook.Host()}
		tested := tx.Caller.Actor(tx.Caller.Org.ID).Did(domain.EventWebhookTested, domain.OnWebhook(id), details).Stamp(string(event), tx.Now)
		if err := tx.Audit().Append(ctx, tested); err != nil {
			return err
		}
		return tx.Deliveries().Add(ctx, id, event, tested.Name, tx.Now)
	})
	return event, err
}

func activeWebhook(ctx context.Context, tx proof.Unit, id domain.WebhookID) (domain.Webhook, error) {
	webhook, err := tx.Webhooks().Get(ctx, id)
	if err == nil && !webhook.Active() {
		err = domain.ErrWebhookDisabled
	}
	return webhook, err
}

// ResendNeeds is what Resend requires of its caller.
var ResendNeeds = proof.Needs{Permission: domain.PermWebhookManage, Action: domain.ActionWebhookManage}

// Resend sends an event to a webhook again.
type Resend struct{ proof.Guard }

// Execute makes the delivery due at once, whatever came of it before, and starts its retries anew. It returns ErrNotFound for an
// unknown delivery and for one whose event is no longer in the audit log, and ErrWebhookDisabled for a webhook that is not active.
func (uc Resend) Execute(ctx context.Context, caller domain.Caller, id domain.WebhookID, event domain.EventID) error {
	return uc.Change(ctx, caller, ResendNeeds, func(tx proof.Unit) error {
		if _, err := activeWebhook(ctx, tx, id); err != nil {
			return err
		}
		delivery, err := tx.Deliveries().Get(ctx, id, event)
		if err != nil {
			return err
		}
		if _, err := tx.Audit().Get(ctx, event); err != nil {
			return err
		}
		if err := tx.Deliveries().Store(ctx, []domain.Delivery{delivery.Resent(tx.Now)}); err != nil {
			return err
		}
		details := domain.Details{"event": string(delivery.Type), "event_id": string(event)}
		return tx.Record(ctx, domain.EventWebhookResent, domain.OnWebhook(id), details)
	})
}
