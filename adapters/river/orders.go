package river

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/sole-platform/sole/domain"
)

// orderArgs is an order of work on an org as it waits in the queue.
type orderArgs[Order domain.ImportOrder | domain.Erasure] struct {
	Org   domain.OrgID `json:"org"`
	Order Order        `json:"order"`
}

// Kind implements river.JobArgs.
func (a orderArgs[Order]) Kind() string {
	if _, erasure := any(a.Order).(domain.Erasure); erasure {
		return "erasure"
	}
	return "import"
}

// orderQueue is one of its own, with one worker, so that letters do not wait for a file.
const orderQueue = "orders"

// Employ puts an import or an erasure on the queue, within the transaction.
func (q *Queue) Employ(ctx context.Context, tx *sql.Tx, org domain.OrgID, order any) error {
	var args river.JobArgs
	switch order := order.(type) {
	case domain.ImportOrder:
		args = orderArgs[domain.ImportOrder]{org, order}
	case domain.Erasure:
		args = orderArgs[domain.Erasure]{org, order}
	default:
		return fmt.Errorf("river: nobody works on a %T", order)
	}
	_, err := q.client.InsertTx(ctx, tx, args, &river.InsertOpts{Queue: orderQueue})
	return err
}

type orderWorker[Order domain.ImportOrder | domain.Erasure] struct {
	river.WorkerDefaults[orderArgs[Order]]
	queue  *Queue
	origin func(Order) domain.Origin
	work   func() func(context.Context, domain.OrgID, Order) error // set only before the queue runs
	logger *slog.Logger
}

// Timeout implements river.Worker: what is not done within it goes on at the next try.
func (w *orderWorker[Order]) Timeout(*river.Job[orderArgs[Order]]) time.Duration {
	return 10 * time.Minute
}

// Work implements river.Worker.
func (w *orderWorker[Order]) Work(ctx context.Context, job *river.Job[orderArgs[Order]]) error {
	if w.queue.OnBehalf != nil {
		ctx = w.queue.OnBehalf(ctx, job.Args.Org, w.origin(job.Args.Order))
	}
	err := w.work()(ctx, job.Args.Org, job.Args.Order)
	if err != nil {
		w.logger.WarnContext(ctx, "an order was broken off; it goes on later", slog.String("kind", job.Args.Kind()), slog.Int("attempt", job.Attempt), slog.Any("error", err))
	}
	return err
}

// addOrders registers who works on imports and erasures.
func addOrders(registered *river.Workers, queue *Queue, logger *slog.Logger) error {
	imports := &orderWorker[domain.ImportOrder]{
		queue: queue, logger: logger, origin: func(o domain.ImportOrder) domain.Origin { return o.Origin },
		work: func() func(context.Context, domain.OrgID, domain.ImportOrder) error { return queue.Import },
	}
	erasures := &orderWorker[domain.Erasure]{
		queue: queue, logger: logger, origin: func(o domain.Erasure) domain.Origin { return o.Origin },
		work: func() func(context.Context, domain.OrgID, domain.Erasure) error { return queue.Erase },
	}
	return errors.Join(river.AddWorkerSafely(registered, imports), river.AddWorkerSafely(registered, erasures))
}
