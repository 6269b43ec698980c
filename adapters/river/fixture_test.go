package river_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// fixture is a store with a queue.
type fixture struct {
	store    *bunstore.Store
	queue    *river.Queue
	dsn      string
	argsText string // the SQL expression for the JSON of a job
	org      domain.OrgID
	logger   *slog.Logger
	onBehalf func(context.Context, domain.OrgID, domain.Origin) context.Context
	observe  river.Observe
}

// note stands for the trace of a request.
func note(context.Context) string { return "noted" }

// connect opens the database: SQLite for a path, else PostgreSQL.
func connect(t *testing.T, dsn string, jobs ...port.Job) *fixture {
	t.Helper()
	embedded, dialect, argsText := filepath.IsAbs(dsn), river.Postgres(), "args::text"
	if embedded {
		dialect, argsText = river.SQLite(), "json(args)"
	}
	queue, err := river.NewQueue(dialect, note, jobs...)
	require.NoError(t, err)
	hooks := harness.Hooks()
	hooks.Queue = queue
	var store *bunstore.Store
	if embedded {
		store, err = bunstore.OpenSQLite(dsn, hooks)
	} else {
		store, err = bunstore.OpenPostgres(port.DatabaseURLs{Service: dsn}, hooks)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return &fixture{
		store: store, queue: queue, dsn: dsn, argsText: argsText, logger: slog.New(slog.DiscardHandler),
		onBehalf: func(ctx context.Context, _ domain.OrgID, _ domain.Origin) context.Context { return ctx },
	}
}

// onEach runs a story on both databases, with one org and no workers yet.
func onEach(t *testing.T, jobs []port.Job, story func(t *testing.T, f *fixture)) {
	t.Helper()
	for name, dsn := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "sole.db") },
		"postgres": func(t *testing.T) string { return harness.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			f := connect(t, dsn(t), jobs...)
			_, err := f.store.Migrate(t.Context())
			require.NoError(t, err)
			behind, err := f.queue.Behind(t.Context(), f.store.SQL())
			require.NoError(t, err)
			require.False(t, behind)
			now := time.Now().UTC().Truncate(time.Microsecond)
			f.org = domain.OrgID(uuid.NewString())
			org, err := domain.NewOrg(f.org, "Acme", "acme", now)
			require.NoError(t, err)
			settings := domain.DefaultOrgSettings(domain.ServerLimits{}, now)
			require.NoError(t, f.store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil }))
			story(t, f)
		})
	}
}

// work does the jobs until the test ends.
func (f *fixture) work(t *testing.T, handlers ...port.JobHandler) {
	t.Helper()
	f.start(t, f.with(handlers...))
}

// start does work until the test ends.
func (f *fixture) start(t *testing.T, work river.Work) {
	t.Helper()
	workers, err := f.queue.NewWorkers(f.store.SQL(), work)
	require.NoError(t, err)
	running, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- workers.Run(running) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
}

func (f *fixture) with(handlers ...port.JobHandler) river.Work {
	return river.Work{Handlers: handlers, OnBehalf: f.onBehalf, Observe: f.observe, Logger: f.logger}
}

// in runs fn in a unit of work on the org.
func (f *fixture) in(t *testing.T, fn func(tx port.OrgTx) error) error {
	t.Helper()
	return f.store.InOrg(t.Context(), f.org, fn)
}

// count returns the first column of the only row.
func (f *fixture) count(t *testing.T, query string) (n int) {
	t.Helper()
	require.NoError(t, f.store.SQL().QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// abandon makes the running jobs those of a process that ended more than a minute ago, whose leadership has expired.
func (f *fixture) abandon(t *testing.T) {
	t.Helper()
	long := time.Now().UTC().Add(-61 * time.Second).Format("2006-01-02 15:04:05")
	_, err := f.store.SQL().ExecContext(t.Context(), "UPDATE river_job SET attempted_at = $1 WHERE state = 'running'", long)
	require.NoError(t, err)
	_, err = f.store.SQL().ExecContext(t.Context(), "DELETE FROM river_leader")
	require.NoError(t, err)
}

// insert adds a job as another version of the service stored it.
func (f *fixture) insert(t *testing.T, kind, queue, args string) {
	t.Helper()
	_, err := f.store.SQL().ExecContext(t.Context(),
		"INSERT INTO river_job (args, kind, max_attempts, priority, queue, state) VALUES ($1, $2, 13, 1, $3, 'available')", args, kind, queue)
	require.NoError(t, err)
}

// routines returns one that reports on done.
func routines(done chan<- struct{}) []river.Routine {
	return []river.Routine{{Name: "sweep", Every: time.Hour, Do: func(context.Context) error {
		done <- struct{}{}
		return nil
	}}}
}
