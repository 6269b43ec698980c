package river

import (
	"context"
	"database/sql"
	"errors"
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
	jobTimeout = time.Minute
	stopWithin = 5 * time.Second
)

// Work is what workers do. Handlers, OnBehalf and Logger are required.
type Work struct {
	Handlers []port.JobHandler // one for each kind that can be enqueued
	Routines []Routine
	// OnBehalf marks the context of a job as a consequence of the request that enqueued it.
	OnBehalf func(ctx context.Context, org domain.OrgID, origin domain.Origin) context.Context
	Observe  Observe // can be nil
	Logger   *slog.Logger
}

// Observe is called at the beginning of each attempt of a job, with the note made when it was enqueued. What it returns
// is called with the result.
type Observe func(ctx context.Context, kind, note string) (context.Context, func(error))

// Workers do the jobs of a queue.
type Workers struct{ client *river.Client[*sql.Tx] }

// NewWorkers returns the workers of the queue in the database db. It returns an error if a kind of job has no handler,
// or two, or if a handler is for jobs that cannot be enqueued.
func (q *Queue) NewWorkers(db any, work Work) (*Workers, error) {
	pool, err := connection(db)
	if err != nil {
		return nil, err
	}
	if work.OnBehalf == nil || work.Logger == nil {
		return nil, errors.New("river: OnBehalf and Logger are required")
	}
	registered, err := q.register(work)
	if err != nil {
		return nil, err
	}
	periodic := make([]*river.PeriodicJob, len(work.Routines))
	for i, routine := range work.Routines {
		periodic[i] = routine.periodic()
	}
	client, err := river.NewClient(q.dialect.driver(pool), &river.Config{
		Queues:       queueConfigs(),
		PeriodicJobs: periodic,
		Workers:      registered,
		Middleware:   []rivertype.Middleware{&observing{observe: work.Observe}},
		Logger:       slog.New(quiet{work.Logger.Handler()}),
		MaxAttempts:  maxAttempts,
		JobTimeout:   jobTimeout,
		PollOnly:     true,
		// During an upgrade, jobs of a kind that only the other version knows are left to it.
		FetchOnlyKnownKinds: true,
		// A job whose process ended, or lost the database, is done by another as soon as its time is over.
		RescueStuckJobsAfter: jobTimeout,

		ReindexerSchedule: river.NeverSchedule(), // the service's role owns no index
	})
	if err != nil {
		return nil, fmt.Errorf("river: %w", err)
	}
	return &Workers{client: client}, nil
}

// register adds a worker for every kind of job.
func (q *Queue) register(work Work) (*river.Workers, error) {
	registered, missing := river.NewWorkers(), slices.Clone(q.kinds)
	for _, handler := range work.Handlers {
		at := slices.Index(missing, handler.Kind)
		if at < 0 {
			return nil, fmt.Errorf("river: two handlers do jobs of kind %q, or NewQueue was called without a job of this kind", handler.Kind)
		}
		missing = slices.Delete(missing, at, at+1)
		river.AddWorkerArgs(registered, args{kind: handler.Kind}, newWorker(handler, work)) // panics if one kind is added twice
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("river: these kinds of job have no handler: %q", missing)
	}
	return registered, river.AddWorkerSafely(registered, &routineWorker{routines: work.Routines, logger: work.Logger})
}

func queueConfigs() map[string]river.QueueConfig {
	configs := map[string]river.QueueConfig{routineQueue: {MaxWorkers: 1, FetchPollInterval: 5 * time.Second}}
	for queue, settings := range queues {
		configs[string(queue)] = river.QueueConfig{MaxWorkers: settings.workers, FetchPollInterval: settings.poll}
	}
	return configs
}

// Run does jobs until ctx ends. Jobs that are running then get a few seconds to finish; those that do not finish are
// done again later.
func (w *Workers) Run(ctx context.Context) error {
	if err := w.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("river: %w", err)
	}
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := w.client.Stop(stopping); err != nil {
		cancelling, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		return w.client.StopAndCancel(cancelling)
	}
	return nil
}

// quiet drops what River logs about its own work, except warnings and errors.
type quiet struct{ slog.Handler }

func (h quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(attrs)} }
func (h quiet) WithGroup(name string) slog.Handler       { return quiet{h.Handler.WithGroup(name)} }
