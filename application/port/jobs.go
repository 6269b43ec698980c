package port

import (
	"context"
	"fmt"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Jobs enqueues work as part of a unit of work. A job starts some time after the unit of work has been committed, and
// never if it is rolled back.
type Jobs interface {
	// Enqueue must return an error for a kind of job that has no handler, so that no job is lost.
	Enqueue(ctx context.Context, job Job) error
}

// Job is work for the JobHandler of its type. It is stored as JSON: the handler gets its exported fields, which never
// contain a secret. During an upgrade two versions of the service share the queue, so the kind and the JSON names of a
// job never change. The version before ignores a new field.
type Job interface {
	// Kind returns the name under which jobs of this type are stored. It is the same for every job of the type.
	Kind() string
	// Origin returns the request that caused the job, for the log.
	Origin() domain.Origin
	// Terms returns how the job is queued.
	Terms() JobTerms
}

// JobTerms are how a job is queued. The zero value suits most jobs.
type JobTerms struct {
	Queue       JobQueue      // empty: QueueShared
	LowPriority bool          // whether other jobs of the queue go first
	Attempts    int           // after so many failures the job is given up; 0: after about a day
	Timeout     time.Duration // of one attempt, the same for every job of a kind; 0: a minute

	// UniqueKey and UniquePer bound repetition: of the jobs of a kind and an org that have the same key, only the first
	// in each period is enqueued. An empty UniqueKey bounds nothing.
	UniqueKey string
	UniquePer time.Duration
}

// JobQueue is where a job waits. The jobs of one queue do not wait for those of another.
type JobQueue string

// The queues. Their names are stored with the jobs.
const (
	QueueShared           JobQueue = "default"
	QueueUnknownRecipient JobQueue = "strangers" // emails to addresses without an account, which anybody can cause
	QueueLong             JobQueue = "orders"    // jobs that take minutes
	QueueWebhooks         JobQueue = "webhooks"  // jobs that mostly wait for receivers
)

// JobHandler does the jobs of one kind. HandleJob creates it.
type JobHandler struct {
	Kind    string
	Timeout time.Duration // as in JobTerms
	// Decode returns the job that read stores in the value it is given a pointer to.
	Decode func(read func(job any) error) (Job, error)
	// Work does a job that Decode returned. After an error the job is retried, with growing pauses.
	Work func(ctx context.Context, org domain.OrgID, job Job) error
}

// HandleJob returns the handler of the jobs of type J, which work does. The org is empty for a job that concerns none.
// A job can be done twice, because a process can end after its work and before it says so.
func HandleJob[J Job](work func(ctx context.Context, org domain.OrgID, job J) error) JobHandler {
	var zero J
	return JobHandler{
		Kind:    zero.Kind(),
		Timeout: zero.Terms().Timeout,
		Decode: func(read func(any) error) (Job, error) {
			var job J
			err := read(&job)
			return job, err
		},
		Work: func(ctx context.Context, org domain.OrgID, job Job) error {
			typed, ok := job.(J)
			if !ok {
				return fmt.Errorf("the handler of %s jobs cannot do a %T", zero.Kind(), job)
			}
			return work(ctx, org, typed)
		},
	}
}

// WaitingJobs are the jobs that have not been done yet.
type WaitingJobs interface {
	// Drop removes those of a kind and returns how many.
	Drop(ctx context.Context, kind string) (int, error)
}
