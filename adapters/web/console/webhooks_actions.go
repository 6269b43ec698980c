package console

import (
	"time"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/webhooks"
	"github.com/sole-platform/sole/domain"
)

// onWebhook returns the answer to an action on the webhook of the path. A refusal is shown on the page of the webhook.
func (p Pages) onWebhook(r *page.Request, done string, act func(domain.WebhookID) error) error {
	id, err := domain.ParseID[domain.WebhookID](r.Param("id"))
	if err != nil {
		return err
	}
	if err := act(id); err != nil {
		return p.refuseOnWebhook(r, err)
	}
	return r.Done(webhookPath(id), done)
}

func (p Pages) refuseOnWebhook(r *page.Request, err error) error {
	shown := r.Errors(err)
	if shown.Interrupts() || shown.Is(domain.CodeNotFound) {
		return err
	}
	return p.showWebhookWith(r, shown)
}

// switchWebhook returns a handler that activates or disables a webhook.
func (p Pages) switchWebhook(active bool, done string) page.Handler {
	return func(r *page.Request) error {
		return p.onWebhook(r, done, func(id domain.WebhookID) error {
			_, err := p.Webhooks.Update.Execute(r.Context(), r.Caller, id, webhooks.UpdateInput{Active: &active})
			return err
		})
	}
}

func (p Pages) testWebhook(r *page.Request) error {
	return p.onWebhook(r, "webhook_tested", func(id domain.WebhookID) error {
		_, err := p.Webhooks.Test.Execute(r.Context(), r.Caller, id)
		return err
	})
}

func (p Pages) resendDelivery(r *page.Request) error {
	event, err := domain.ParseID[domain.EventID](r.Param("event"))
	if err != nil {
		return err
	}
	return p.onWebhook(r, "webhook_resent", func(id domain.WebhookID) error {
		return p.Webhooks.Resend.Execute(r.Context(), r.Caller, id, event)
	})
}

func (p Pages) removeWebhook(r *page.Request) error {
	id, err := domain.ParseID[domain.WebhookID](r.Param("id"))
	if err != nil {
		return err
	}
	if err := p.Webhooks.Remove.Execute(r.Context(), r.Caller, id, nil); err != nil {
		return p.refuseOnWebhook(r, err)
	}
	return r.Done(webhooksLink.Path, "webhook_removed")
}

// shownSecret is the secret of a webhook that the page which answers a form shows once.
type shownSecret struct {
	webhook domain.Webhook
	secret  domain.Secret
	until   time.Time // until which the secret before it signs too; zero: there was none
}

// rotateWebhookSecret shows the new secret on the page that answers the form, because nothing can show it again.
func (p Pages) rotateWebhookSecret(r *page.Request) error {
	view, err := p.findWebhook(r)
	if err != nil {
		return err
	}
	secret, err := p.Webhooks.RotateSecret.Execute(r.Context(), r.Caller, view.ID)
	if err != nil {
		return p.refuseOnWebhook(r, err)
	}
	return r.Show(200, webhookSecret(shownSecret{webhook: view.Webhook, secret: secret, until: view.now.Add(domain.WebhookRotation)}))
}
