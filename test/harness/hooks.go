package harness

import (
	"context"
	"slices"
	"sync"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Hooks returns the hooks of a database whose audit events, outages and jobs a test ignores. A test that does not ignore
// one of them replaces it.
func Hooks() port.DatabaseHooks {
	return port.DatabaseHooks{
		Committed: func(context.Context, domain.OrgID, domain.AuditEvent) {},
		Reachable: func(error) {},
		Queue:     &Queue{},
	}
}

// Queue is a port.Queue that runs no job. It lists the enqueued jobs, including those of units that were rolled back.
type Queue struct {
	mu   sync.Mutex
	jobs []port.Job
}

// Jobs returns the jobs in their order.
func (q *Queue) Jobs() []port.Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.jobs)
}

// Enqueue implements port.Queue.
func (q *Queue) Enqueue(_ context.Context, _ any, _ domain.OrgID, job port.Job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.jobs = append(q.jobs, job)
	return nil
}

// Migrate implements port.Queue.
func (*Queue) Migrate(context.Context, any) error { return nil }

// Behind implements port.Queue.
func (*Queue) Behind(context.Context, any) (bool, error) { return false, nil }
