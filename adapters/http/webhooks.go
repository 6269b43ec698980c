package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/webhooks"
	"github.com/sole-platform/sole/domain"
)

// webhooksAPI manages the webhooks of the org and their deliveries.
type webhooksAPI struct {
	uc    webhooks.UseCases
	lists Cursors
}

func (a webhooksAPI) mount(s *Server) {
	t := table{server: s, tag: "Webhooks"}
	secured(t, "GET /webhooks", webhooks.ListNeeds, route{id: "list-webhooks"}, a.list)
	secured(t, "POST /webhooks", webhooks.CreateNeeds, route{id: "create-webhook", status: 201, fails: []int{409}}, a.create)
	secured(t, "GET /webhooks/{id}", webhooks.GetNeeds, route{
		id: "get-webhook",
	}, foundByID[WebhookPath](a.uc.Get.Execute, showWholeWebhook))
	secured(t, "PATCH /webhooks/{id}", webhooks.UpdateNeeds, route{id: "update-webhook"}, byID(a.update))
	secured(t, "DELETE /webhooks/{id}", webhooks.RemoveNeeds, route{id: "remove-webhook"}, byID(a.remove))
	secured(t, "POST /webhooks/{id}/test", webhooks.TestNeeds, route{
		id: "test-webhook", status: 202, fails: []int{409},
	}, foundByID[WebhookPath](a.uc.Test.Execute, showQueued))
	secured(t, "POST /webhooks/{id}/secret", webhooks.RotateSecretNeeds, route{
		id: "rotate-webhook-secret",
	}, foundByID[WebhookPath](a.uc.RotateSecret.Execute, showWebhookSecret))
	secured(t, "GET /webhooks/{id}/deliveries", webhooks.DeliveriesNeeds, route{id: "list-deliveries"}, byID(a.deliveries))
	secured(t, "POST /webhooks/{id}/deliveries/{delivery_id}/resend", webhooks.ResendNeeds, route{
		id: "resend-delivery", status: 202, fails: []int{409},
	}, byID(a.resend))
}

// Webhook is an endpoint that gets the events of the org, without its secret.
type Webhook struct {
	ID          domain.WebhookID   `json:"id"`
	URL         string             `json:"url"`
	Events      []domain.EventName `json:"events" doc:"Names of audit events, or * alone for all."`
	Active      bool               `json:"active"`
	Disabled    *domain.WebhookEnd `json:"disabled_reason" doc:"disabled, or gone: the receiver answered 410. null: active."`
	Failures    int                `json:"failures" doc:"Attempts in a row that failed."`
	PausedUntil *time.Time         `json:"paused_until" doc:"Nothing is sent until then, because the receiver failed; null: not paused."`
	CreatedAt   time.Time          `json:"created_at"`
	UpdatedAt   time.Time          `json:"updated_at"`
}

func showWebhook(w domain.Webhook) Webhook {
	return Webhook{
		ID: w.ID, URL: w.URL, Events: w.Events, Active: w.Active(), Disabled: known(w.Disabled),
		Failures: w.Circuit.Failures, PausedUntil: maybe(w.Circuit.PausedUntil), CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}
}

type webhookResponse struct {
	ETag string `header:"ETag"`
	Body Webhook
}

func showWholeWebhook(w domain.Webhook) *webhookResponse {
	return &webhookResponse{ETag: etag(w.Version), Body: showWebhook(w)}
}

// WebhookPath names a webhook.
type WebhookPath struct {
	ID string `path:"id" maxLength:"64" doc:"The webhook's id."`
}

func (p WebhookPath) id() (domain.WebhookID, error) { return domain.ParseID[domain.WebhookID](p.ID) }

type webhooksResponse struct{ Body page[Webhook] }

func (a webhooksAPI) list(ctx context.Context, caller domain.Caller, _ *nothing) (*webhooksResponse, error) {
	found, err := a.uc.List.Execute(ctx, caller)
	return &webhooksResponse{Body: wholeList(found, showWebhook)}, err
}

type createWebhookRequest struct {
	Body struct {
		URL    string             `json:"url" minLength:"1" maxLength:"2000" example:"https://example.com/hooks/sole"`
		Events []domain.EventName `json:"events" minItems:"1" maxItems:"100" example:"[\"account.suspended\"]" doc:"Names, or * alone."`
	}
}

type createdWebhook struct {
	Webhook
	Secret string `json:"secret" doc:"It signs each message (whsec_...). It is shown only once."`
}

type createdWebhookResponse struct {
	ETag string `header:"ETag"`
	Body createdWebhook
}

func (a webhooksAPI) create(ctx context.Context, caller domain.Caller, in *createWebhookRequest) (*createdWebhookResponse, error) {
	made, err := a.uc.Create.Execute(ctx, caller, webhooks.CreateInput(in.Body))
	return &createdWebhookResponse{
		ETag: etag(made.Webhook.Version), Body: createdWebhook{Webhook: showWebhook(made.Webhook), Secret: made.Secret.Reveal()},
	}, err
}

type updateWebhookRequest struct {
	Conditional
	WebhookPath
	Body struct {
		URL    *string             `json:"url,omitempty" minLength:"1" maxLength:"2000"`
		Events *[]domain.EventName `json:"events,omitempty" minItems:"1" maxItems:"100" doc:"All events that the webhook gets."`
		Active *bool               `json:"active,omitempty" doc:"Whether events are sent. Events of the time in between are not sent later."`
	}
}

func (a webhooksAPI) update(
	ctx context.Context, caller domain.Caller, id domain.WebhookID, in *updateWebhookRequest,
) (*webhookResponse, error) {
	input := webhooks.UpdateInput{URL: in.Body.URL, Events: in.Body.Events, Active: in.Body.Active, IfMatch: in.versions()}
	changed, err := a.uc.Update.Execute(ctx, caller, id, input)
	return showWholeWebhook(changed), err
}

type removeWebhookRequest struct {
	Conditional
	WebhookPath
}

func (a webhooksAPI) remove(ctx context.Context, caller domain.Caller, id domain.WebhookID, in *removeWebhookRequest) (*nothing, error) {
	return nil, a.uc.Remove.Execute(ctx, caller, id, in.versions())
}

type queuedDelivery struct {
	ID domain.EventID `json:"delivery_id" doc:"The id of the delivery, and of its event: the webhook-id of the message."`
}

type queuedResponse struct{ Body queuedDelivery }

func showQueued(id domain.EventID) *queuedResponse {
	return &queuedResponse{Body: queuedDelivery{ID: id}}
}

type webhookSecret struct {
	Secret string `json:"secret" doc:"The new secret. It is shown only once."`
}

type webhookSecretResponse struct{ Body webhookSecret }

func showWebhookSecret(secret domain.Secret) *webhookSecretResponse {
	return &webhookSecretResponse{Body: webhookSecret{Secret: secret.Reveal()}}
}

type delivery struct {
	ID          domain.EventID        `json:"id" doc:"The id of the event, and the webhook-id of the message."`
	Type        domain.EventName      `json:"type" doc:"The name of the event."`
	Status      domain.DeliveryStatus `json:"status" enum:"pending,delivered,failed"`
	Attempts    int                   `json:"attempts"`
	CreatedAt   time.Time             `json:"created_at"`
	AttemptedAt *time.Time            `json:"attempted_at" doc:"The last attempt; null before the first one."`
	DueAt       *time.Time            `json:"due_at" doc:"The next attempt; null when none is due."`
	Answer      *int                  `json:"answer" doc:"The HTTP status of the last answer; null: there was none."`
	Failure     *domain.DeliveryFault `json:"failure" doc:"Why the last attempt failed; null: it did not fail."`
}

func showDelivery(d domain.Delivery) delivery {
	shown := delivery{
		ID: d.Event, Type: d.Type, Status: d.Status, Attempts: d.Attempts, CreatedAt: d.CreatedAt, AttemptedAt: maybe(d.AttemptedAt),
		Failure: known(d.Failure),
	}
	if d.Status == domain.DeliveryPending {
		shown.DueAt = maybe(d.DueAt)
	}
	if d.Answer != 0 {
		shown.Answer = &d.Answer
	}
	return shown
}

type listDeliveriesRequest struct {
	Paging
	WebhookPath
	Status string `query:"status" enum:"pending,delivered,failed" doc:"Only deliveries with this status."`
}

type deliveriesResponse struct{ Body page[delivery] }

func (a webhooksAPI) deliveries(
	ctx context.Context, caller domain.Caller, id domain.WebhookID, in *listDeliveriesRequest,
) (*deliveriesResponse, error) {
	list := a.lists.list("list-deliveries", caller.Org.ID, [2]string{string(id), in.Status})
	type place = domain.EventID
	shown, err := pageOf(list, in.Cursor, showDelivery, func(after place) ([]domain.Delivery, *place, error) {
		input := webhooks.DeliveriesInput{Status: domain.DeliveryStatus(in.Status), After: after, Limit: in.Limit}
		found, more, err := a.uc.Deliveries.Execute(ctx, caller, id, input)
		return found, nextPlace(found, more, func(d domain.Delivery) place { return d.Event }), err
	})
	return &deliveriesResponse{Body: shown}, err
}

type resendRequest struct {
	WebhookPath
	DeliveryID string `path:"delivery_id" maxLength:"64" doc:"The delivery's id."`
}

func (a webhooksAPI) resend(ctx context.Context, caller domain.Caller, id domain.WebhookID, in *resendRequest) (*queuedResponse, error) {
	event, err := domain.ParseID[domain.EventID](in.DeliveryID)
	if err != nil {
		return nil, err
	}
	return showQueued(event), a.uc.Resend.Execute(ctx, caller, id, event)
}
