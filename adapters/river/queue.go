package river

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	maxAttempts = 13 // about a day, with River's growing pauses
	lowPriority = 2  // River's default is 1, the highest
)

// queueSettings says how a process works on a queue.
type queueSettings struct {
	workers int           // jobs at the same time
	poll    time.Duration // interval of looking for new jobs; each look takes about two milliseconds of CPU, half of it in the database
}

// queues are the queues that a process works on. Enqueue refuses any other.
var queues = map[port.JobQueue]queueSettings{
	port.QueueShared:           {4, time.Second},
	port.QueueUnknownRecipient: {1, 2 * time.Second},
	port.QueueLong:             {1, 2 * time.Second},
	port.QueueWebhooks:         {100, time.Second},
}

// Queue implements port.Queue: it enqueues jobs and migrates the tables of the queue. Workers do the jobs.
type Queue struct {
	dialect Dialect
	kinds   []string
	client  *river.Client[*sql.Tx]
}

var _ port.Queue = (*Queue)(nil)

// NewQueue returns a queue that accepts only jobs of the same kinds as these jobs. note returns a text, such as the trace of
// the request, that Observe receives when the job is done. It can be nil.
func NewQueue(dialect Dialect, note func(context.Context) string, jobs ...port.Job) (*Queue, error) {
	q := &Queue{dialect: dialect}
	for _, job := range jobs {
		if slices.Contains(q.kinds, job.Kind()) || job.Kind() == routineKind {
			return nil, fmt.Errorf("river: two jobs have the kind %q", job.Kind())
		}
		q.kinds = append(q.kinds, job.Kind())
	}
	var err error
	q.client, err = river.NewClient(dialect.driver(nil), &river.Config{
		MaxAttempts: maxAttempts,
		Middleware:  []rivertype.Middleware{&noting{note: note}},
		Logger:      slog.New(slog.DiscardHandler), // of a client that only inserts
		PollOnly:    true,
	})
	if err != nil {
		return nil, fmt.Errorf("river: %w", err)
	}
	return q, nil
}

// Enqueue implements port.Queue. It takes the same time whatever the job contains.
func (q *Queue) Enqueue(ctx context.Context, tx any, org domain.OrgID, job port.Job) error {
	sqlTx, ok := tx.(*sql.Tx)
	if !ok {
		return fmt.Errorf("river: jobs are enqueued in an SQL transaction, not in a %T", tx)
	}
	if !slices.Contains(q.kinds, job.Kind()) {
		return fmt.Errorf("river: jobs of kind %q have no handler: list them where the queue is made", job.Kind())
	}
	terms := job.Terms()
	if terms.Queue == "" {
		terms.Queue = port.QueueShared
	}
	if _, known := queues[terms.Queue]; !known {
		return fmt.Errorf("river: no process does the jobs of the queue %q", terms.Queue)
	}
	args, err := newArgs(org, job)
	if err != nil {
		return err
	}
	_, err = q.client.InsertTx(ctx, sqlTx, args, insertion(terms))
	return err
}

func insertion(terms port.JobTerms) *river.InsertOpts {
	opts := &river.InsertOpts{Queue: string(terms.Queue), MaxAttempts: terms.Attempts}
	if terms.LowPriority {
		opts.Priority = lowPriority
	}
	if terms.UniqueKey != "" {
		opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByPeriod: max(terms.UniquePer, time.Second)}
	}
	return opts
}
