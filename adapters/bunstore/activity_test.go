package bunstore_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
	"github.com/sole-platform/sole/test/harness"
)

func TestActivityConformance(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) *bunstore.Store{
		"sqlite":   func(t *testing.T) *bunstore.Store { return sqlite(t, filepath.Join(t.TempDir(), "sole.db")) },
		"postgres": func(t *testing.T) *bunstore.Store { return postgres(t, harness.Postgres(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			conformance.Activity(t, func(t *testing.T) (port.Store, port.Activity, func()) {
				store := open(t)
				activity := memory.NewActivity(store, slog.New(slog.DiscardHandler))
				return store, activity, func() { activity.Flush(t.Context()) }
			})
		})
	}
}

func TestActivityIsStoredOnceMoreAtTheEnd(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, store *bunstore.Store) {
		_, err := store.Migrate(t.Context())
		require.NoError(t, err)
		org, _ := twoOrgs(t, store)
		session := func() (found domain.Session) {
			require.NoError(t, store.ReadOrg(t.Context(), org, func(tx port.OrgTx) error {
				user, err := tx.Users().ByEmail(t.Context(), "someone@example.org")
				require.NoError(t, err)
				live, err := tx.Sessions().Live(t.Context(), user.ID, time.Now())
				found = live[0]
				return err
			}))
			return found
		}
		before := session()
		var log strings.Builder
		activity := memory.NewActivity(store, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			activity.Run(ctx, time.Hour)
		}()
		var crowd sync.WaitGroup
		for i := range 50 {
			crowd.Go(func() { activity.Seen(org, before.ID, before.LastSeenAt.Add(time.Minute)) })
			crowd.Go(func() {
				activity.Seen(org, domain.SessionID(uuid.NewString()), before.LastSeenAt.Add(time.Duration(i)))
			})
			crowd.Go(func() { activity.Seen(domain.OrgID(uuid.NewString()), before.ID, before.LastSeenAt.Add(time.Hour)) })
		}
		crowd.Wait()
		require.Equal(t, before, session(), "nothing is written at once")
		stop()
		<-ended
		after := session()
		require.Equal(t, before.LastSeenAt.Add(time.Minute), after.LastSeenAt)
		require.Empty(t, log.String())
	})
}

func TestActivityStoresTheLatestUse(t *testing.T) {
	t.Parallel()
	store := sqlite(t, filepath.Join(t.TempDir(), "sole.db"))
	org, _ := twoOrgs(t, store)
	var user domain.User
	var live []domain.Session
	read := func() domain.Session {
		require.NoError(t, store.ReadOrg(t.Context(), org, func(tx port.OrgTx) (err error) {
			if user, err = tx.Users().ByEmail(t.Context(), "someone@example.org"); err == nil {
				live, err = tx.Sessions().Live(t.Context(), user.ID, time.Now())
			}
			return err
		}))
		return live[0]
	}
	session := read()
	activity := memory.NewActivity(store, slog.New(slog.DiscardHandler))
	activity.Seen(org, session.ID, session.LastSeenAt.Add(time.Minute))
	activity.Seen(org, session.ID, session.LastSeenAt.Add(time.Second)) // another request, recorded late
	activity.Flush(t.Context())
	require.Equal(t, session.LastSeenAt.Add(time.Minute), read().LastSeenAt)
}
