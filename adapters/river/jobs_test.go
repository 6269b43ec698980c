package river_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// greeting is a kind of job, and other one more.
type greeting struct {
	Name string `json:"name"`
}

func (greeting) Kind() string          { return "greeting" }
func (greeting) Origin() domain.Origin { return domain.Origin{RequestID: "request-1"} }
func (greeting) Terms() port.JobTerms  { return port.JobTerms{Attempts: 2} }

type other struct{ greeting }

func (other) Kind() string { return "other" }

// misplaced waits in a queue that does not exist, and disguised names an org.
type misplaced struct{ greeting }

func (misplaced) Terms() port.JobTerms { return port.JobTerms{Queue: "nowhere"} }

type disguised struct {
	greeting
	Org string `json:"org"`
}

func ignore[J port.Job](context.Context, domain.OrgID, J) error { return nil }

func TestEveryKindOfJobNeedsOneHandler(t *testing.T) {
	t.Parallel()
	onEach(t, []port.Job{greeting{}, other{}}, func(t *testing.T, f *fixture) {
		greet, rest := port.HandleJob(ignore[greeting]), port.HandleJob(ignore[other])
		for name, handlers := range map[string][]port.JobHandler{
			"none":           nil,
			"one is missing": {greet},
			"one twice":      {greet, rest, greet},
			"one too many":   {greet, rest, port.HandleJob(ignore[port.EmailJob])},
		} {
			_, err := f.queue.NewWorkers(f.store.SQL(), f.with(handlers...))
			require.Error(t, err, name)
		}
		_, err := f.queue.NewWorkers(f.store.SQL(), f.with(greet, rest))
		require.NoError(t, err)
		_, err = f.queue.NewWorkers(f.store.SQL(), river.Work{Handlers: []port.JobHandler{greet, rest}})
		require.Error(t, err, "without OnBehalf and Logger")
		_, err = f.queue.NewWorkers("a file", f.with(greet, rest))
		require.Error(t, err, "no SQL database")
	})
	_, err := river.NewQueue(river.SQLite(), nil, greeting{}, misplaced{})
	require.ErrorContains(t, err, "greeting", "two types of one kind")
}

// TestAJobWithoutAHandlerIsAnError: the unit of work that enqueues it is rolled back.
func TestAJobWithoutAHandlerIsAnError(t *testing.T) {
	t.Parallel()
	onEach(t, []port.Job{greeting{}}, func(t *testing.T, f *fixture) {
		for name, job := range map[string]port.Job{
			"an unknown kind":                other{},
			"an unknown queue":               misplaced{},
			"a member that the queue adds":   disguised{Org: "neighbour"},
			"an email, which has no handler": port.EmailJob{},
		} {
			require.Error(t, f.in(t, func(tx port.OrgTx) error {
				require.NoError(t, tx.Jobs().Enqueue(t.Context(), greeting{Name: "Ada"}))
				return tx.Jobs().Enqueue(t.Context(), job)
			}), name)
		}
		require.Zero(t, f.count(t, "SELECT count(*) FROM river_job"))
	})
}

// TestAJobThatKeepsFailingIsGivenUp: it is retried, reported once as given up, and counted as discarded.
func TestAJobThatKeepsFailingIsGivenUp(t *testing.T) {
	t.Parallel()
	onEach(t, []port.Job{greeting{}}, func(t *testing.T, f *fixture) {
		var log bytes.Buffer
		var observed, ended atomic.Int32
		f.logger = slog.New(slog.NewJSONHandler(&log, nil))
		f.onBehalf = func(ctx context.Context, org domain.OrgID, origin domain.Origin) context.Context {
			return context.WithValue(ctx, origin, org)
		}
		f.observe = func(ctx context.Context, kind, note string) (context.Context, func(error)) {
			if kind == "greeting" && note == "noted" {
				observed.Add(1)
			}
			return ctx, func(err error) {
				if err != nil {
					ended.Add(1)
				}
			}
		}
		f.work(t, port.HandleJob(func(ctx context.Context, org domain.OrgID, job greeting) error {
			if ctx.Value(job.Origin()) != org {
				return errors.New("the context is not that of OnBehalf")
			}
			return errors.New("nobody is at home")
		}))
		require.NoError(t, f.in(t, func(tx port.OrgTx) error { return tx.Jobs().Enqueue(t.Context(), greeting{Name: "Ada"}) }))
		waiting, err := river.NewWaiting(f.store.SQL())
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			backlog, err := waiting.Backlog(t.Context())
			require.NoError(t, err)
			return len(backlog) == 1 && backlog[0] == river.Backlog{Kind: "greeting", State: "discarded", Count: 1}
		}, 60*time.Second, 100*time.Millisecond)
		require.EqualValues(t, 2, observed.Load())
		require.EqualValues(t, 2, ended.Load())
		for _, line := range []string{
			`"level":"WARN","msg":"job failed; it will be retried","kind":"greeting","attempt":1,"error":"nobody is at home"`,
			`"level":"ERROR","msg":"job failed and is given up","kind":"greeting","attempt":2`,
		} {
			require.Equal(t, 1, strings.Count(log.String(), line), log.String())
		}
	})
}

func TestWaitingJobsOfAKindAreDropped(t *testing.T) {
	t.Parallel()
	onEach(t, []port.Job{greeting{}, other{}}, func(t *testing.T, f *fixture) {
		require.NoError(t, f.in(t, func(tx port.OrgTx) error {
			return errors.Join(
				tx.Jobs().Enqueue(t.Context(), greeting{}), tx.Jobs().Enqueue(t.Context(), greeting{}), tx.Jobs().Enqueue(t.Context(), other{}),
			)
		}))
		waiting, err := river.NewWaiting(f.store.SQL())
		require.NoError(t, err)
		dropped, err := waiting.Drop(t.Context(), "greeting")
		require.NoError(t, err)
		require.Equal(t, 2, dropped)
		backlog, err := waiting.Backlog(t.Context())
		require.NoError(t, err)
		require.Equal(t, []river.Backlog{{Kind: "other", State: "available", Count: 1}}, backlog)
	})
}

func TestJobsThatAreDoneAreRemoved(t *testing.T) {
	t.Parallel()
	onEach(t, []port.Job{greeting{}, other{}}, func(t *testing.T, f *fixture) {
		var greeted atomic.Int64
		f.work(t, port.HandleJob(func(context.Context, domain.OrgID, greeting) error {
			greeted.Add(1)
			return nil
		}), port.HandleJob(func(context.Context, domain.OrgID, other) error { return errors.New("again") }))
		require.NoError(t, f.in(t, func(tx port.OrgTx) error {
			return errors.Join(tx.Jobs().Enqueue(t.Context(), greeting{}), tx.Jobs().Enqueue(t.Context(), other{}))
		}))
		waiting, err := river.NewWaiting(f.store.SQL())
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			_, err := waiting.ClearDone(t.Context())
			return err == nil && greeted.Load() == 1 && f.count(t, "SELECT count(*) FROM river_job WHERE kind = 'greeting'") == 0
		}, 10*time.Second, 50*time.Millisecond)
		require.Equal(t, 1, f.count(t, "SELECT count(*) FROM river_job WHERE kind = 'other'"), "one that is still to be done")
	})
}
