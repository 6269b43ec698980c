package webhooks

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// run is one run of a DeliverJob.
type run struct {
	Deliver

	at       port.OrgWebhook
	held     time.Time // when the reservation ends
	finished bool      // whether the reservation was released or lost
	begun    bool      // whether the webhook was read
	webhook  domain.Webhook
	circuit  domain.WebhookCircuit
	signing  signing
}

// results are what came of a batch.
type results struct {
	deliveries []domain.Delivery
	gone       bool                 // the receiver answered 410
	recovered  bool                 // it works again, after failures in a row
	failed     domain.DeliveryFault // of an attempt to find out whether it works again
}

// work alternates between the database and the receiver.
func (r *run) work(ctx context.Context) error {
	end, done := r.Clock().Add(jobTime), results{}
	for {
		due, err := r.turn(ctx, done, r.over(ctx, end) || done.gone)
		switch {
		case err != nil || r.finished:
			return err
		case len(due) > 0:
			done = r.send(ctx, due)
		default:
			r.linger(ctx)
			done = results{}
		}
	}
}

// over reports whether no further batch begins.
func (r *run) over(ctx context.Context, end time.Time) bool {
	now := r.Clock()
	return ctx.Err() != nil || r.ending() || !now.Before(end) || r.circuit.Paused(now)
}

func (r *run) ending() bool {
	select {
	case <-r.Ending:
		return true
	default:
		return false
	}
}

// linger waits for further deliveries.
func (r *run) linger(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-r.Ending:
			cancel()
		case <-ctx.Done():
		}
	}()
	_ = r.Pause(ctx, lingering) // an error means that the process stops, which the loop finds out
}

// batch is what the database says before a batch is sent.
type batch struct {
	due      []port.DueDelivery
	webhook  domain.Webhook
	circuit  domain.WebhookCircuit
	held     time.Time
	finished bool // as in run
}

// turn stores the results of a batch, renews the reservation and returns the next batch, in one unit of work. If this is the
// last turn, or nothing was sent and nothing is due, it ends the reservation instead.
func (r *run) turn(ctx context.Context, done results, last bool) ([]port.DueDelivery, error) {
	if ctx.Err() != nil { // the process stops: what was sent is stored all the same
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), storeTime)
		defer cancel()
	}
	var next batch
	err := r.Store.InOrg(ctx, r.at.Org, func(tx port.OrgTx) (err error) {
		if err := r.store(ctx, tx, done); err != nil {
			return err
		}
		if last {
			next = batch{finished: true}
			return r.finish(ctx, tx, done)
		}
		next, err = r.next(ctx, tx, len(done.deliveries) == 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	if r.finished, r.held = next.finished, next.held; r.finished {
		return nil, nil
	}
	r.begun, r.webhook, r.circuit = true, next.webhook, next.circuit
	return next.due, nil
}

// next renews the reservation and returns what is due. idle says that nothing was sent since the last turn.
func (r *run) next(ctx context.Context, tx port.OrgTx, idle bool) (next batch, err error) {
	next.held = r.Clock().Add(reservation)
	held, err := tx.Webhooks().Renew(ctx, r.at.Webhook, r.held, next.held)
	if next.finished = !held; err != nil || next.finished {
		return next, err
	}
	if next.webhook, err = tx.Webhooks().Get(ctx, r.at.Webhook); err != nil {
		return next, err
	}
	limit := batchSize
	if next.circuit = r.circuitOf(next.webhook); next.circuit.Probing() {
		limit = 1
	}
	next.due, err = tx.Deliveries().Due(ctx, r.at.Webhook, r.Clock(), limit)
	if next.finished = idle && len(next.due) == 0; err != nil || !next.finished {
		return next, err
	}
	return next, tx.Webhooks().Release(ctx, r.at.Webhook, next.held, next.circuit)
}

// circuitOf returns how the last attempts went at the URL that the webhook has now. What a receiver answered says nothing about
// another one.
func (r *run) circuitOf(webhook domain.Webhook) domain.WebhookCircuit {
	if webhook.URL != r.webhook.URL { // changed, or not read before
		return webhook.Circuit
	}
	return r.circuit
}

// store stores the results of a batch.
func (r *run) store(ctx context.Context, tx port.OrgTx, done results) error {
	if len(done.deliveries) == 0 {
		return nil
	}
	if err := tx.Deliveries().Store(ctx, done.deliveries); err != nil {
		return err
	}
	if done.recovered {
		return tx.Deliveries().Hasten(ctx, r.at.Webhook, r.Clock())
	}
	if done.failed != "" {
		return tx.Deliveries().Expire(ctx, r.at.Webhook, r.Clock().Add(-domain.DeliveryLifetime), done.failed)
	}
	return nil
}

// finish ends the reservation. A webhook whose receiver is gone is disabled, unless it leads to another one meanwhile. The
// webhook is locked before its circuit, as where an administrator changes it.
func (r *run) finish(ctx context.Context, tx port.OrgTx, done results) error {
	if !r.begun {
		return nil // nothing was read yet, so the reservation ends by itself
	}
	webhook, err := tx.Webhooks().Lock(ctx, r.at.Webhook)
	if err != nil {
		return err
	}
	if err := tx.Webhooks().Release(ctx, r.at.Webhook, r.held, r.circuitOf(webhook)); err != nil {
		return err
	}
	if !done.gone || !webhook.Active() || webhook.URL != r.webhook.URL {
		return nil
	}
	now := r.Clock()
	if err := tx.Webhooks().Update(ctx, webhook.Gone(now)); err != nil {
		return err
	}
	service := domain.Actor{}
	event := service.Did(domain.EventWebhookDisabled, domain.OnWebhook(webhook.ID), domain.Details{"host": webhook.Host()})
	return tx.Audit().Append(ctx, event.Stamp(r.NewID(), now))
}
