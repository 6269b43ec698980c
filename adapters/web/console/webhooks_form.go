package console

import (
	"fmt"
	"slices"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/webhooks"
	"github.com/sole-platform/sole/domain"
)

// webhookForm is a webhook as somebody edits it.
type webhookForm struct {
	webhookView // zero for a new webhook

	url         string
	all         bool // every event is sent
	chosen      []domain.EventName
	version     int64        // of the webhook that the edit began with
	conflict    []difference // to what somebody else has saved meanwhile
	conflicting bool
}

// postedWebhook returns the webhook that was posted. Events that are not known stay, so that the use case refuses them.
func postedWebhook(r *page.Request) webhookForm {
	form := webhookForm{url: r.Field("url"), all: r.Field("which") == "all", version: postedVersion(r)}
	for _, name := range r.List("event") {
		form.chosen = append(form.chosen, domain.EventName(name))
	}
	return form
}

// events returns the events that were chosen.
func (f webhookForm) events() []domain.EventName {
	if f.all {
		return []domain.EventName{domain.AllEvents}
	}
	return append([]domain.EventName{}, f.chosen...)
}

// savedWebhook returns the form of a webhook as it is.
func savedWebhook(view webhookView) webhookForm {
	return webhookForm{
		webhookView: view, url: view.URL, version: view.Version,
		all: slices.Contains(view.Events, domain.AllEvents), chosen: view.Events,
	}
}

func (p Pages) newWebhook(r *page.Request) error {
	return r.Show(200, newWebhook(webhookForm{all: true}))
}

// createWebhook shows the secret on the page that answers the form, because nothing can show it again.
func (p Pages) createWebhook(r *page.Request) error {
	form := postedWebhook(r)
	made, err := p.Webhooks.Create.Execute(r.Context(), r.Caller, webhooks.CreateInput{URL: form.url, Events: form.events()})
	if err == nil {
		return r.Show(201, webhookSecret(shownSecret{webhook: made.Webhook, secret: made.Secret}))
	}
	if form.errors = r.Errors(err); form.errors.Interrupts() {
		return err
	}
	return r.Show(form.errors.Status(), newWebhook(form))
}

func (p Pages) editWebhook(r *page.Request) error {
	view, err := p.findWebhook(r)
	if err != nil {
		return err
	}
	return r.Show(200, editWebhook(savedWebhook(view)))
}

func (p Pages) updateWebhook(r *page.Request) error {
	view, err := p.findWebhook(r)
	if err != nil {
		return err
	}
	form := postedWebhook(r)
	form.webhookView = view
	events := form.events()
	_, err = p.Webhooks.Update.Execute(r.Context(), r.Caller, view.ID, webhooks.UpdateInput{
		URL: &form.url, Events: &events, IfMatch: domain.Versions{form.version},
	})
	if err == nil {
		return r.Done(webhookPath(view.ID), "webhook_saved")
	}
	if form.errors = r.Errors(err); form.errors.Interrupts() {
		return err
	}
	if stale(err) {
		l := r.Language
		form.conflicting, form.version = true, view.Version
		form.conflict = slices.DeleteFunc([]difference{
			{Name: l.Text("webhooks.url"), Saved: view.URL, Yours: form.url},
			{Name: l.Text("webhooks.events"), Saved: eventNames(l, view.Events), Yours: eventNames(l, events)},
		}, difference.none)
	}
	return r.Show(form.errors.Status(), editWebhook(form))
}

// eventError returns what is wrong with the events.
func (f webhookForm) eventError() string {
	for i := range f.events() {
		if text := f.errors.Of(fmt.Sprintf("events[%d]", i)); text != "" {
			return text
		}
	}
	return f.errors.Of("events")
}
