package river

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// worker does the jobs of one kind.
type worker struct {
	river.WorkerDefaults[args]
	handler  port.JobHandler
	onBehalf func(context.Context, domain.OrgID, domain.Origin) context.Context
	logger   *slog.Logger
}

func newWorker(handler port.JobHandler, work Work) *worker {
	return &worker{handler: handler, onBehalf: work.OnBehalf, logger: work.Logger}
}

// Timeout implements river.Worker. River replaces 0 by jobTimeout.
func (w *worker) Timeout(*river.Job[args]) time.Duration { return w.handler.Timeout }

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[args]) error {
	decoded, err := w.handler.Decode(func(into any) error { return json.Unmarshal(job.Args.payload, into) })
	if err == nil {
		ctx = w.onBehalf(ctx, job.Args.Org, decoded.Origin())
		err = w.handler.Work(ctx, job.Args.Org, decoded)
	}
	if err == nil {
		return nil
	}
	level, message := slog.LevelWarn, "job failed; it will be retried"
	if job.Attempt >= job.MaxAttempts {
		level, message = slog.LevelError, "job failed and is given up"
	}
	w.logger.LogAttrs(ctx, level, message,
		slog.String("kind", w.handler.Kind), slog.Int("attempt", job.Attempt), slog.Any("error", err))
	return err
}
