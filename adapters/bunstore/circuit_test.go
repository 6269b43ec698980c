//go:build unix

package bunstore_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// soon is two seconds, with a reserve for a busy machine.
const soon = 5 * time.Second

// outages records the calls of the hook Reachable: true for an outage, false for its end.
type outages struct {
	mu       sync.Mutex
	recorded []bool
}

func (o *outages) record(reason error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.recorded = append(o.recorded, reason != nil)
}

func (o *outages) all() []bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.recorded)
}

// reporting opens a migrated store that reports outages to o.
func reporting(t *testing.T, dsn string, o *outages) *bunstore.Store {
	t.Helper()
	hooks := harness.Hooks()
	hooks.Reachable = o.record
	store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: dsn}, hooks)
	require.NoError(t, err)
	return migrated(t, store)
}

func TestAnUnreachableDatabaseIsDetectedAndUsedAgainWhenItAnswers(t *testing.T) {
	server := harness.NewPostgresServer(t)
	var reported outages
	store := reporting(t, server.URL(), &reported)
	org, _ := twoOrgs(t, store)
	ask := func() error {
		return store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
			_, err := tx.Roles().List(t.Context())
			return err
		})
	}
	for _, fault := range []struct{ begin, end func(testing.TB) }{{server.Freeze, server.Thaw}, {server.Stop, server.Start}} {
		require.NoError(t, ask())
		inside, proceed := make(chan struct{}), make(chan struct{})
		cut := make(chan error)
		go func() {
			cut <- store.InOrg(context.WithoutCancel(t.Context()), org, func(tx port.OrgTx) error {
				close(inside)
				<-proceed
				_, err := tx.Roles().List(context.WithoutCancel(t.Context())) // no deadline: only the circuit ends it
				return err
			})
		}()
		<-inside
		fault.begin(t)
		close(proceed)
		began := time.Now()
		require.ErrorIs(t, <-cut, domain.ErrUnavailable)
		require.Less(t, time.Since(began), soon)
		for range 100 {
			require.ErrorIs(t, ask(), domain.ErrUnavailable)
			_, err := store.Principal(t.Context(), org, domain.SessionID(org))
			require.ErrorIs(t, err, domain.ErrUnavailable)
			require.ErrorIs(t, store.Ready(t.Context()), domain.ErrUnavailable)
		}
		require.Less(t, time.Since(began), soon+soon)
		require.Eventually(t, func() bool { return len(reported.all())%2 == 1 }, soon, 10*time.Millisecond)
		fault.end(t)
		require.Eventually(t, func() bool { return ask() == nil }, soon, 10*time.Millisecond)
		for range 50 {
			require.NoError(t, ask(), "no connection from before is left")
		}
	}
	require.Equal(t, []bool{true, false, true, false}, reported.all())
}

func TestASlowUnitOfWorkIsNotInterrupted(t *testing.T) {
	t.Parallel()
	var reported outages
	store := reporting(t, harness.Postgres(t), &reported)
	org, _ := twoOrgs(t, store)
	require.NoError(t, store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
		time.Sleep(1500 * time.Millisecond)
		_, err := tx.Roles().List(t.Context())
		return err
	}))
	require.Empty(t, reported.all())
}

func TestAStoreWithAnUnreachableDatabaseCanBeClosed(t *testing.T) {
	t.Parallel()
	server := harness.NewPostgresServer(t)
	store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: server.URL()}, harness.Hooks())
	require.NoError(t, err)
	server.Freeze(t)
	require.ErrorIs(t, store.Ready(t.Context()), domain.ErrUnavailable)
	began := time.Now()
	require.NoError(t, store.Close())
	require.Less(t, time.Since(began), soon)
}
