package webhooks

import (
	"context"
	"sync"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// inFlight is how many attempts to one receiver run at the same time.
const inFlight = 4

// sending is a batch that is being sent.
type sending struct {
	*run
	secrets []domain.Secret
	until   time.Time // when no further attempt begins

	mu   sync.Mutex
	due  []port.DueDelivery
	done results
}

// send attempts deliveries until all are attempted, the receiver needs a pause, or the batch takes too long.
func (r *run) send(ctx context.Context, due []port.DueDelivery) results {
	secrets, err := r.secrets()
	if err != nil {
		r.Watch.Unreadable(ctx, r.at)
		r.circuit = r.circuit.Unsigned(r.Clock())
		return unsigned(due)
	}
	s := &sending{run: r, secrets: secrets, until: r.Clock().Add(batchTime), due: due}
	var senders sync.WaitGroup
	for range min(inFlight, len(due)) {
		senders.Go(func() {
			for next, more := s.take(ctx); more; next, more = s.take(ctx) {
				s.attempt(ctx, next)
			}
		})
	}
	senders.Wait()
	return s.done
}

// take returns the next delivery that is attempted.
func (s *sending) take(ctx context.Context) (next port.DueDelivery, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) == 0 || s.done.gone || s.over(ctx, s.until) {
		return next, false
	}
	next, s.due = s.due[0], s.due[1:]
	return next, true
}

// attempt sends a delivery. An attempt that the end of the process interrupted does not count.
func (s *sending) attempt(ctx context.Context, due port.DueDelivery) {
	if due.AuditEvent.ID == "" {
		s.add(due.EventRemoved())
		return
	}
	leave := s.Gate.enter(ctx)
	began := s.Clock()
	answer := s.Sender.Send(ctx, port.WebhookMessage{
		URL: s.webhook.URL, ID: due.Event, At: began, Secrets: s.secrets, Body: due.AuditEvent.WebhookBody(s.at.Org),
	})
	leave()
	if answer.Fault != "" && ctx.Err() != nil {
		return
	}
	now := s.Clock()
	s.Watch.Attempted(answer, now.Sub(began))
	if answer.Fault == "" {
		s.succeeded(ctx, due.Delivered(now, answer.Status))
	} else {
		s.failed(ctx, due.Refused(now, answer.Status, answer.Fault, s.Random()), answer)
	}
}

func (s *sending) add(attempted domain.Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done.deliveries = append(s.done.deliveries, attempted)
}

func (s *sending) succeeded(ctx context.Context, attempted domain.Delivery) {
	s.add(attempted)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.circuit.Probing() {
		s.done.recovered = true
		s.Watch.Resumed(ctx, s.at)
	}
	s.circuit = s.circuit.Succeeded()
}

// failed counts the failure, unless the receiver was given a pause since the attempt began.
func (s *sending) failed(ctx context.Context, attempted domain.Delivery, answer port.WebhookAnswer) {
	s.add(attempted)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done.gone = s.done.gone || answer.Status == statusGone
	before := s.circuit
	if before.Paused(attempted.AttemptedAt) {
		return
	}
	s.circuit = before.Failed(attempted.AttemptedAt, answer.RetryAfter, s.Random())
	switch {
	case before.Probing():
		s.done.failed = answer.Fault
	case s.circuit.Probing():
		s.Watch.Paused(ctx, s.at, answer)
	}
}

// statusGone is the status of an answer that asks for no more deliveries (RFC 9110 §15.5.11).
const statusGone = 410

// unsigned returns the deliveries that cannot be sent, with the reason for which they wait.
func unsigned(due []port.DueDelivery) (waiting results) {
	for _, d := range due {
		d.Failure = domain.FaultSecret
		waiting.deliveries = append(waiting.deliveries, d.Delivery)
	}
	return waiting
}

// signing are the opened secrets of a webhook, by what is stored. They are opened again when they change.
type signing map[domain.SealedSecret]domain.Secret

// secrets returns the secrets that sign now, at least one. An earlier one that cannot be opened is left out.
func (r *run) secrets() (opened []domain.Secret, err error) {
	for i, sealed := range r.webhook.Secrets(r.Clock()) {
		secret, known := r.signing[sealed]
		if !known {
			secret, err = r.Secrets.Open(sealed, port.WebhookPlace(r.at.Org, r.at.Webhook))
			if err != nil && i == 0 {
				return nil, err
			}
			if err != nil {
				continue
			}
			r.signing[sealed] = secret
		}
		opened = append(opened, secret)
	}
	return opened, nil
}
