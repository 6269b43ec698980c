package webhooks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	batchSize = 100
	// batchTime is how long a batch begins new attempts. With the longest attempt it ends within the reservation.
	batchTime = 10 * time.Second
	// jobTime is how long a job begins new batches. Then Dispatch enqueues another one, behind the jobs of other webhooks.
	jobTime = 30 * time.Second
	// lingering is how long a job waits for further deliveries before it ends, so that a steady stream of events does not
	// enqueue a job for each.
	lingering = time.Second
	// storeTime is how long the results of a process that stops may take to be stored.
	storeTime = 4 * time.Second
)

// Deliver sends the due deliveries of one webhook. It runs as a job.
type Deliver struct {
	Store   port.Store
	Sender  port.WebhookSender
	Secrets port.SecretBox
	Clock   port.Clock
	NewID   port.NewID
	Pause   port.Pause
	Random  func() float64  // in [0, 1)
	Gate    Gate            // of the process
	Ending  <-chan struct{} // closed when the process stops: no further batch begins
	Watch   Watch
}

// Watch is told what happens. All its functions are required.
type Watch struct {
	// Attempted is called after each attempt.
	Attempted func(answer port.WebhookAnswer, took time.Duration)
	// Paused is called when a receiver is given a pause after failures in a row, for the first time since a success.
	Paused func(ctx context.Context, webhook port.OrgWebhook, last port.WebhookAnswer)
	// Resumed is called when a receiver that was given a pause works again.
	Resumed func(ctx context.Context, webhook port.OrgWebhook)
	// Unreadable is called when the secret of a webhook cannot be decrypted. Its deliveries wait.
	Unreadable func(ctx context.Context, webhook port.OrgWebhook)
}

// DeliverJob sends the deliveries of a webhook while it is reserved. Held is when the reservation ends, which tells it from
// later ones.
type DeliverJob struct {
	Webhook domain.WebhookID `json:"webhook"`
	Held    time.Time        `json:"held"`
}

// Kind implements port.Job.
func (DeliverJob) Kind() string { return "webhook" }

// Origin implements port.Job.
func (DeliverJob) Origin() domain.Origin { return domain.Origin{} }

// Terms implements port.Job.
func (DeliverJob) Terms() port.JobTerms { return port.JobTerms{Queue: port.QueueWebhooks} }

// Handler returns the handler of DeliverJob.
func (uc Deliver) Handler() port.JobHandler { return port.HandleJob(uc.Execute) }

// Execute sends until nothing is due or its time is over. It does nothing if the webhook is reserved for another job, for
// example because this one waited for too long. If the process ends in the middle, deliveries whose result was not stored
// are sent again.
func (uc Deliver) Execute(ctx context.Context, org domain.OrgID, job DeliverJob) error {
	err := (&run{Deliver: uc, at: port.OrgWebhook{Org: org, Webhook: job.Webhook}, held: job.Held, signing: signing{}}).work(ctx)
	if errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrOrgNotFound) {
		return nil // removed meanwhile
	}
	if err != nil {
		return fmt.Errorf("deliver to webhook %s: %w", job.Webhook, err)
	}
	return nil
}
