package console

import (
	"time"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/application/webhooks"
	"github.com/sole-platform/sole/domain"
)

var webhooksLink = page.Link{Path: "/console/webhooks", Text: "nav.webhooks", Needs: webhooks.ListNeeds}

func (p Pages) mountWebhooks(t *page.Table) {
	const list, one = "/console/webhooks", "/console/webhooks/:id"
	t.Signed("GET "+list, webhooks.ListNeeds, p.listWebhooks)
	t.Signed("GET "+list+"/new", webhooks.CreateNeeds, p.newWebhook)
	t.Signed("POST "+list+"/new", webhooks.CreateNeeds, p.createWebhook)
	t.Signed("GET "+one, webhooks.GetNeeds, p.showWebhook)
	t.Signed("GET "+one+"/edit", webhooks.UpdateNeeds, p.editWebhook)
	t.Signed("POST "+one+"/edit", webhooks.UpdateNeeds, p.updateWebhook)
	t.Signed("POST "+one+"/activate", webhooks.UpdateNeeds, p.switchWebhook(true, "webhook_activated"))
	t.Signed("POST "+one+"/disable", webhooks.UpdateNeeds, p.switchWebhook(false, "webhook_disabled"))
	t.Signed("POST "+one+"/test", webhooks.TestNeeds, p.testWebhook)
	t.Signed("POST "+one+"/secret", webhooks.RotateSecretNeeds, p.rotateWebhookSecret)
	t.Signed("POST "+one+"/remove", webhooks.RemoveNeeds, p.removeWebhook)
	t.Signed("POST "+one+"/deliveries/:event/resend", webhooks.ResendNeeds, p.resendDelivery)
}

// webhookPath returns the path of the page of a webhook.
func webhookPath(id domain.WebhookID) string { return webhooksLink.Path + "/" + string(id) }

func (p Pages) listWebhooks(r *page.Request) error {
	found, err := p.Webhooks.List.Execute(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	var views []webhookView
	for _, webhook := range found {
		views = append(views, webhookView{Webhook: webhook, caller: r.Caller, now: r.Site().Clock()})
	}
	return r.Show(200, webhookList(views))
}

// webhookView is a webhook as its page shows it to a caller.
type webhookView struct {
	domain.Webhook

	caller     domain.Caller
	now        time.Time
	status     domain.DeliveryStatus // of the deliveries that are shown; empty: all
	deliveries []domain.Delivery
	next       string // path of the next page of deliveries; empty on the last one
	errors     *page.Errors
}

// paused reports whether nothing is attempted, because the receiver failed again and again.
func (v webhookView) paused() bool { return v.Active() && v.Circuit.PausedUntil.After(v.now) }

// rotating reports whether the secret before the last rotation still signs.
func (v webhookView) rotating() bool { return v.PreviousUntil.After(v.now) }

func (v webhookView) may(needs proof.Needs) bool { return needs.Check(v.caller) == nil }

// warning says why nothing is sent, or is "".
func (v webhookView) warning(l *locale.Language) string {
	switch {
	case v.Disabled == domain.WebhookGone:
		return l.Text("webhooks.warn.gone")
	case !v.Active():
		return l.Text("webhooks.warn.disabled")
	case v.paused():
		return l.Text("webhooks.warn.paused", "when", l.Ago(v.Circuit.PausedUntil, v.now))
	}
	return ""
}

// actions returns what the caller can do to the webhook, besides changing it.
func (v webhookView) actions() (offered []deed) {
	if v.Active() {
		offered = append(offered, deed{name: "test", path: "/test"})
	}
	offered = append(offered, deed{name: "secret", path: "/secret", confirms: true})
	if v.Active() {
		offered = append(offered, deed{name: "disable", path: "/disable", danger: true, confirms: true})
	} else {
		offered = append(offered, deed{name: "activate", path: "/activate"})
	}
	return append(offered, deed{name: "remove", path: "/remove", danger: true, confirms: true})
}

// findWebhook returns the webhook that the path names.
func (p Pages) findWebhook(r *page.Request) (webhookView, error) {
	view := webhookView{caller: r.Caller, now: r.Site().Clock()}
	id, err := domain.ParseID[domain.WebhookID](r.Param("id"))
	if err == nil {
		view.Webhook, err = p.Webhooks.Get.Execute(r.Context(), r.Caller, id)
	}
	return view, err
}

func (p Pages) showWebhook(r *page.Request) error { return p.showWebhookWith(r, nil) }

func (p Pages) showWebhookWith(r *page.Request, shown *page.Errors) error {
	view, err := p.findWebhook(r)
	if err != nil {
		return err
	}
	view.errors = shown
	if err := p.findDeliveries(r, &view); err != nil {
		return err
	}
	return r.Show(view.errors.Status(), webhookPage(view))
}

const deliveriesAtOnce = 25

// deliveryStatuses are the statuses to filter by.
var deliveryStatuses = []domain.DeliveryStatus{domain.DeliveryPending, domain.DeliveryDelivered, domain.DeliveryFailed}

// findDeliveries adds the deliveries that the query asks for. A status that does not exist stands for all.
func (p Pages) findDeliveries(r *page.Request, view *webhookView) error {
	for _, status := range deliveryStatuses {
		if r.Query("status") == string(status) {
			view.status = status
		}
	}
	list := page.List{Name: "deliveries", Filter: []string{string(view.ID), string(view.status)}}
	var after domain.EventID
	if err := r.After(list, &after); err != nil {
		return err
	}
	found, more, err := p.Webhooks.Deliveries.Execute(r.Context(), r.Caller, view.ID, webhooks.DeliveriesInput{
		Status: view.status, After: after, Limit: deliveriesAtOnce,
	})
	if view.deliveries = found; err == nil && more {
		view.next, err = r.Next(list, found[len(found)-1].Event)
	}
	return err
}
