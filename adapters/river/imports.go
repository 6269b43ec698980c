package river

import (
	"context"
	"database/sql"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/sole-platform/sole/domain"
)

// importArgs is an import as it waits in the queue; its rows are in the store.
type importArgs struct {
	Org   domain.OrgID       `json:"org"`
	Order domain.ImportOrder `json:"order"`
}

// Kind implements river.JobArgs.
func (importArgs) Kind() string { return "import" }

// importQueue is one of its own, with one worker, so that letters do not wait for a file.
const importQueue = "imports"

// Employ puts an import on the queue, within the transaction.
func (q *Queue) Employ(ctx context.Context, tx *sql.Tx, org domain.OrgID, order domain.ImportOrder) error {
	_, err := q.client.InsertTx(ctx, tx, importArgs{org, order}, &river.InsertOpts{Queue: importQueue})
	return err
}

type importWorker struct {
	river.WorkerDefaults[importArgs]
	queue  *Queue
	logger *slog.Logger
}

// Timeout implements river.Worker: what is not done within it goes on at the next try.
func (w *importWorker) Timeout(*river.Job[importArgs]) time.Duration { return 10 * time.Minute }

// Work implements river.Worker.
func (w *importWorker) Work(ctx context.Context, job *river.Job[importArgs]) error {
	if w.queue.OnBehalf != nil {
		ctx = w.queue.OnBehalf(ctx, job.Args.Org, job.Args.Order.Origin)
	}
	err := w.queue.Import(ctx, job.Args.Org, job.Args.Order)
	if err != nil {
		w.logger.WarnContext(ctx, "an import was broken off; it goes on later", slog.Int("attempt", job.Attempt), slog.Any("error", err))
	}
	return err
}
