package river

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"github.com/sole-platform/sole/domain"
)

// Deliver writes and sends one letter. The letter is tried again when it fails.
type Deliver func(ctx context.Context, org domain.OrgID, letter domain.Letter) error

// Queue puts letters on the queue, and works it while it runs. It also sees to routines.
type Queue struct {
	// OnBehalf marks the work on a letter as a consequence of the request that ordered it; nil
	// marks nothing. Set it before Run.
	OnBehalf func(ctx context.Context, org domain.OrgID, origin domain.Origin) context.Context

	// Observer is told of jobs. Set it before the queue is used.
	Observer Observer
	// Import and Erase work on what is ordered. They are called again after a failure. Set them
	// before Run.
	Import func(ctx context.Context, org domain.OrgID, order domain.ImportOrder) error
	Erase  func(ctx context.Context, org domain.OrgID, order domain.Erasure) error

	client *river.Client[*sql.Tx]
	driver func(*sql.DB) riverdriver.Driver[*sql.Tx]
	db     *sql.DB
	locks  bool // whether processes that migrate at once have to be kept apart here
}

const (
	pollEvery   = time.Second
	workers     = 4
	maxAttempts = 13 // about a day, with River's growing pauses
	jobTimeout  = time.Minute
	stopWithin  = 5 * time.Second
)

// NewPostgres makes a queue in the PostgreSQL database that db connects to.
func NewPostgres(db *sql.DB, deliver Deliver, logger *slog.Logger, routines ...Routine) (*Queue, error) {
	driver := func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riverdatabasesql.New(db) }
	return newQueue(db, driver, true, deliver, logger, routines...)
}

// NewSQLite makes a queue in the SQLite database that db writes to.
func NewSQLite(db *sql.DB, deliver Deliver, logger *slog.Logger, routines ...Routine) (*Queue, error) {
	driver := func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riversqlite.New(db) }
	return newQueue(db, driver, false, deliver, logger, routines...)
}

func newQueue(db *sql.DB, driver func(*sql.DB) riverdriver.Driver[*sql.Tx], locks bool, deliver Deliver, logger *slog.Logger, routines ...Routine) (*Queue, error) {
	queue, registered := &Queue{driver: driver, db: db, locks: locks}, river.NewWorkers()
	if err := river.AddWorkerSafely(registered, &letterWorker{queue: queue, deliver: deliver, logger: logger}); err != nil {
		return nil, err
	}
	if err := addOrders(registered, queue, logger); err != nil {
		return nil, err
	}
	if err := river.AddWorkerSafely(registered, &routineWorker{routines: routines, logger: logger}); err != nil {
		return nil, err
	}
	periodic := make([]*river.PeriodicJob, len(routines))
	for i, routine := range routines {
		periodic[i] = routine.periodic()
	}
	client, err := river.NewClient(driver(db), &river.Config{
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: workers},
			strangerQueue:      {MaxWorkers: 1},
			orderQueue:         {MaxWorkers: 1},
			routineQueue:       {MaxWorkers: 1},
		},
		PeriodicJobs:      periodic,
		Workers:           registered,
		Middleware:        []rivertype.Middleware{&middleware{queue: queue}},
		Logger:            slog.New(quiet{logger.Handler()}),
		MaxAttempts:       maxAttempts,
		JobTimeout:        jobTimeout,
		FetchPollInterval: pollEvery,
		PollOnly:          true,
		// A job whose worker vanished, or lost the database, is another's as soon as its time is over.
		RescueStuckJobsAfter: jobTimeout,

		ReindexerSchedule: river.NeverSchedule(), // the service's role owns no index
	})
	if err != nil {
		return nil, fmt.Errorf("river: %w", err)
	}
	queue.client = client
	return queue, nil
}

// Post puts a letter on the queue, within the transaction. It takes the same time whoever
// has the address.
func (q *Queue) Post(ctx context.Context, tx *sql.Tx, org domain.OrgID, letter domain.Letter) error {
	_, err := q.client.InsertTx(ctx, tx, newLetterArgs(org, letter), insertion(letter))
	return err
}

// Run works the queue until ctx ends; what is under way then gets a few seconds to finish,
// and is otherwise done again later.
func (q *Queue) Run(ctx context.Context) error {
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("river: %w", err)
	}
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := q.client.Stop(stopping); err != nil {
		cancelling, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		return q.client.StopAndCancel(cancelling)
	}
	return nil
}

// quiet keeps River's account of its own comings and goings out of the log: warnings and
// failures only.
type quiet struct{ slog.Handler }

func (h quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(attrs)} }
func (h quiet) WithGroup(name string) slog.Handler       { return quiet{h.Handler.WithGroup(name)} }
