package webhooks

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ListNeeds is what List requires of its caller.
var ListNeeds = proof.Needs{Permission: domain.PermWebhookManage}

// List returns every webhook of the org.
type List struct{ proof.Guard }

// Execute needs no paging: an org has at most domain.MaxWebhooks.
func (uc List) Execute(ctx context.Context, caller domain.Caller) (found []domain.Webhook, err error) {
	err = uc.Read(ctx, caller, ListNeeds, func(tx proof.Unit) (err error) {
		found, err = tx.Webhooks().List(ctx)
		return err
	})
	return found, err
}

// GetNeeds is what Get requires of its caller.
var GetNeeds = proof.Needs{Permission: domain.PermWebhookManage}

// Get returns one webhook of the org.
type Get struct{ proof.Guard }

// Execute returns ErrNotFound for a webhook that the caller's org does not have.
func (uc Get) Execute(ctx context.Context, caller domain.Caller, id domain.WebhookID) (found domain.Webhook, err error) {
	err = uc.Read(ctx, caller, GetNeeds, func(tx proof.Unit) (err error) {
		found, err = tx.Webhooks().Get(ctx, id)
		return err
	})
	return found, err
}
