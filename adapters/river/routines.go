package river

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
)

// Routine is work that is due again and again. One of the processes that work the queue does
// it each time; Do must bear to be run twice at once.
type Routine struct {
	Name  string
	Every time.Duration // a second at least
	Do    func(ctx context.Context) error
}

const (
	routineQueue   = "routines" // apart from letters, which are not to wait for a long one
	routineTimeout = 10 * time.Minute
)

type routineArgs struct {
	Name string `json:"name" river:"unique"`
}

// Kind implements river.JobArgs.
func (routineArgs) Kind() string { return "routine" }

// periodic puts the routine on the queue whenever it is due, and when a process begins.
func (r Routine) periodic() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(r.Every), func() (river.JobArgs, *river.InsertOpts) {
		return routineArgs{r.Name}, &river.InsertOpts{
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

// Work implements river.Worker. What fails is not tried again before its next turn.
func (w *routineWorker) Work(ctx context.Context, job *river.Job[routineArgs]) error {
	for _, routine := range w.routines {
		if routine.Name != job.Args.Name {
			continue
		}
		if err := routine.Do(ctx); err != nil {
			w.logger.WarnContext(ctx, "a routine failed; its next turn tries again", slog.String("routine", routine.Name), slog.Any("error", err))
		}
	}
	return nil
}
