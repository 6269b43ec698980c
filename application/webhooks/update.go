package webhooks

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UpdateNeeds is what Update requires of its caller.
var UpdateNeeds = proof.Needs{Permission: domain.PermWebhookManage, Action: domain.ActionWebhookManage}

// Update changes a webhook.
type Update struct {
	proof.Guard
	Rules domain.WebhookRules
}

// UpdateInput is the change, and the versions of the webhook that it is meant for. A nil field leaves the value unchanged.
type UpdateInput struct {
	URL     *string
	Events  *[]domain.EventName
	Active  *bool
	IfMatch domain.Versions
}

// Execute returns ErrInvalid as Create does, and ErrPreconditionFailed for a version that is not in IfMatch. What was queued
// before goes to the new URL. A webhook that was paused because its receiver failed is tried again at once.
func (uc Update) Execute(ctx context.Context, caller domain.Caller, id domain.WebhookID, in UpdateInput) (next domain.Webhook, err error) {
	err = uc.Change(ctx, caller, UpdateNeeds, func(tx proof.Unit) error {
		webhook, err := tx.Webhooks().Lock(ctx, id)
		if err != nil {
			return err
		}
		if err := in.IfMatch.Check(webhook.Version); err != nil {
			return err
		}
		change := domain.WebhookChange{URL: in.URL, Events: in.Events, Active: in.Active}
		if next, err = webhook.Changed(change, uc.Rules, tx.Now); err != nil || next.Equal(webhook) {
			return err
		}
		if err := tx.Webhooks().Update(ctx, next); err != nil {
			return err
		}
		if err := tx.Webhooks().Resume(ctx, id); err != nil {
			return err
		}
		next.Version, next.Circuit = next.Version+1, domain.WebhookCircuit{}
		return tx.Record(ctx, domain.EventWebhookUpdated, domain.OnWebhook(id), webhook.Differences(next))
	})
	return next, err
}

// RemoveNeeds is what Remove requires of its caller.
var RemoveNeeds = proof.Needs{Permission: domain.PermWebhookManage, Action: domain.ActionWebhookManage}

// Remove removes a webhook.
type Remove struct{ proof.Guard }

// Execute also removes what is still to be sent. It returns ErrPreconditionFailed for a version that is not in ifMatch.
func (uc Remove) Execute(ctx context.Context, caller domain.Caller, id domain.WebhookID, ifMatch domain.Versions) error {
	return uc.Change(ctx, caller, RemoveNeeds, func(tx proof.Unit) error {
		webhook, err := tx.Webhooks().Lock(ctx, id)
		if err != nil {
			return err
		}
		if err := ifMatch.Check(webhook.Version); err != nil {
			return err
		}
		if err := tx.Webhooks().Remove(ctx, id); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventWebhookRemoved, domain.OnWebhook(id), webhook.Details())
	})
}
