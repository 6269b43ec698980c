package webhooks

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// RotateSecretNeeds is what RotateSecret requires of its caller.
var RotateSecretNeeds = proof.Needs{Permission: domain.PermWebhookManage, Action: domain.ActionWebhookManage}

// RotateSecret gives a webhook a new secret.
type RotateSecret struct {
	proof.Guard
	secrets
}

// Execute returns the new secret, which is not shown again. For domain.WebhookRotation the secret before it signs too; the one
// before that no longer does.
func (uc RotateSecret) Execute(ctx context.Context, caller domain.Caller, id domain.WebhookID) (domain.Secret, error) {
	secret, sealed, err := uc.create(caller.Org.ID, id)
	if err != nil {
		return domain.Secret{}, err
	}
	err = uc.Change(ctx, caller, RotateSecretNeeds, func(tx proof.Unit) error {
		webhook, err := tx.Webhooks().Lock(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.Webhooks().Update(ctx, webhook.Rotated(sealed, tx.Now)); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventWebhookSecretRotated, domain.OnWebhook(id), domain.Details{"host": webhook.Host()})
	})
	if err != nil {
		return domain.Secret{}, err
	}
	return secret, nil
}
