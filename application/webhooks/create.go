package webhooks

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// CreateNeeds is what Create requires of its caller.
var CreateNeeds = proof.Needs{Permission: domain.PermWebhookManage, Action: domain.ActionWebhookManage}

// Create adds a webhook to the org.
type Create struct {
	proof.Guard
	secrets
	Rules domain.WebhookRules
}

// CreateInput describes the webhook: where it leads, and which events it gets.
type CreateInput struct {
	URL    string
	Events []domain.EventName
}

// CreateResult is a new webhook with its secret, which is not shown again.
type CreateResult struct {
	Webhook domain.Webhook
	Secret  domain.Secret
}

// Execute returns ErrInvalid for a URL that cannot be called, and for events that do not exist. It returns ErrTooManyWebhooks when
// the org has domain.MaxWebhooks already.
func (uc Create) Execute(ctx context.Context, caller domain.Caller, in CreateInput) (made CreateResult, err error) {
	id := domain.WebhookID(uc.NewID())
	secret, sealed, err := uc.create(caller.Org.ID, id)
	if err != nil {
		return CreateResult{}, err
	}
	err = uc.Change(ctx, caller, CreateNeeds, func(tx proof.Unit) (err error) {
		if made.Webhook, err = domain.NewWebhook(id, domain.WebhookDraft(in), uc.Rules, tx.Now); err != nil {
			return err
		}
		made.Webhook.Secret = sealed
		all, err := tx.Webhooks().List(ctx)
		if err != nil {
			return err
		}
		if len(all) >= domain.MaxWebhooks {
			return domain.ErrTooManyWebhooks
		}
		if err := tx.Webhooks().Insert(ctx, made.Webhook); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventWebhookCreated, domain.OnWebhook(id), made.Webhook.Details())
	})
	if err != nil {
		return CreateResult{}, err
	}
	made.Secret = secret
	return made, nil
}
