package events

import (
	"context"
	"errors"
	"fmt"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// attempts is how often a job is tried: for about three days while the consumer fails.
const attempts = 17

// Job is an event to be delivered to a consumer. The event itself is only in the audit log, so that the queue holds no
// personal data, and an erasure also covers events that have not been delivered yet.
type Job struct {
	Consumer  string         `json:"consumer"`
	Event     domain.EventID `json:"event"`
	RequestID string         `json:"request_id"`
}

// Kind implements port.Job.
func (Job) Kind() string { return "event" }

// Origin implements port.Job.
func (j Job) Origin() domain.Origin { return domain.Origin{RequestID: j.RequestID} }

// Terms implements port.Job.
func (Job) Terms() port.JobTerms { return port.JobTerms{Queue: port.QueueEvents, Attempts: attempts} }

// Deliver calls a consumer with an event. It runs as a job.
type Deliver struct {
	Store     port.Store
	Consumers []port.EventConsumer
}

// Handler returns the handler of Job.
func (uc Deliver) Handler() port.JobHandler { return port.HandleJob(uc.Execute) }

// Execute does nothing if the event, or its org, was removed meanwhile. A consumer that this version does not have is an
// error: during an upgrade the job is retried by a process that has it.
func (uc Deliver) Execute(ctx context.Context, org domain.OrgID, job Job) error {
	for _, consumer := range uc.Consumers {
		if consumer.Name != job.Consumer {
			continue
		}
		event, err := uc.event(ctx, org, job.Event)
		switch {
		case errors.Is(err, domain.ErrNotFound), errors.Is(err, domain.ErrOrgNotFound):
			return nil
		case err == nil:
			err = consumer.Consume(ctx, uc.Store, org, event)
		}
		if err != nil {
			return fmt.Errorf("deliver event %s to %s: %w", job.Event, consumer.Name, err)
		}
		return nil
	}
	return fmt.Errorf("deliver event %s: there is no consumer %q", job.Event, job.Consumer)
}

func (uc Deliver) event(ctx context.Context, org domain.OrgID, id domain.EventID) (event domain.AuditEvent, err error) {
	err = uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) error {
		event, err = tx.Audit().Get(ctx, id)
		return err
	})
	return event, err
}
