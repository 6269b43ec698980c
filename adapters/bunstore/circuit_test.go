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

// soon is two seconds, and what a busy machine adds.
const soon = 5 * time.Second

// told is what a store says of its database.
type told struct {
	mu   sync.Mutex
	away []bool
}

func (d *told) hear(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = append(d.away, why != nil)
}

func (d *told) all() []bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.away)
}

func TestADatabaseThatHangsOrIsAwayIsFoundOutAndFoundAgain(t *testing.T) {
	server := harness.NewPostgresServer(t)
	store := postgres(t, server.URL())
	var heard told
	store.Away = heard.hear
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
		require.Eventually(t, func() bool { return len(heard.all())%2 == 1 }, soon, 10*time.Millisecond)
		fault.end(t)
		require.Eventually(t, func() bool { return ask() == nil }, soon, 10*time.Millisecond)
		for range 50 {
			require.NoError(t, ask(), "no connection from before is left")
		}
	}
	require.Equal(t, []bool{true, false, true, false}, heard.all())
}

func TestAUnitThatTakesLongIsNotCut(t *testing.T) {
	t.Parallel()
	store := postgres(t, harness.Postgres(t))
	var heard told
	store.Away = heard.hear
	org, _ := twoOrgs(t, store)
	require.NoError(t, store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
		time.Sleep(1500 * time.Millisecond)
		_, err := tx.Roles().List(t.Context())
		return err
	}))
	require.Empty(t, heard.all())
}

func TestAStoreOfADatabaseThatIsAwayCloses(t *testing.T) {
	t.Parallel()
	server := harness.NewPostgresServer(t)
	store, err := bunstore.OpenPostgres(server.URL(), "")
	require.NoError(t, err)
	server.Freeze(t)
	require.ErrorIs(t, store.Ready(t.Context()), domain.ErrUnavailable)
	began := time.Now()
	require.NoError(t, store.Close())
	require.Less(t, time.Since(began), soon)
}
