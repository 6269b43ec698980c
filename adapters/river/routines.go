package river

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
)

// Routine is work that is due at regular intervals. Each time, one of the processes that run jobs does it. Do can run twice
// at the same time.
type Routine struct {
	Name  string
	Every time.Duration // at least a second
	Do    func(ctx context.Context) error
}

const (
	routineKind    = "routine"
	routineQueue   = "routines" // of its own, because a routine can take minutes
	routineTimeout = 10 * time.Minute
)

type routineArgs struct {
	Name string `json:"name" river:"unique"`
}

// Kind implements river.JobArgs.
func (routineArgs) Kind() string { return routineKind }

// periodic enqueues the routine whenever it is due, and when a process starts.
func (r Routine) periodic() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(r.Every), func() (river.JobArgs, *river.InsertOpts) {
		return routineArgs{Name: r.Name}, &river.InsertOpts{
			Queue: routineQueue, MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: r.Every},
		}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

type routineWorker struct {
	river.WorkerDefaults[routineArgs]
	routines []Routine
	logger   *slog.Logger
}

// Timeout implements river.Worker.
func (*routineWorker) Timeout(*river.Job[routineArgs]) time.Duration { return routineTimeout }

// Work implements river.Worker. A routine that failed is done again when it is due.
func (w *routineWorker) Work(ctx context.Context, job *river.Job[routineArgs]) error {
	for _, routine := range w.routines {
		if routine.Name != job.Args.Name {
			continue
		}
		if err := routine.Do(ctx); err != nil {
			w.logger.WarnContext(ctx, "routine failed; it will run again when it is due",
				slog.String("routine", routine.Name), slog.Any("error", err))
		}
	}
	return nil
}
