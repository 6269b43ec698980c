package bunstore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// onServerAndPooler runs a test on PostgreSQL, directly and through a pooler in transaction mode.
func onServerAndPooler(t *testing.T, test func(t *testing.T, store *bunstore.Store, server string)) {
	t.Helper()
	server := harness.Postgres(t)
	postgres(t, server)
	t.Run("server", func(t *testing.T) { test(t, opened(t, withOption(t, server, "pool_max_conns", "4"), ""), server) })
	t.Run("pooler", func(t *testing.T) {
		test(t, opened(t, withOption(t, harness.NewPgBouncer(t, server), "pool_max_conns", "4"), ""), server)
	})
}

func eventWith(id string) domain.AuditEvent {
	return domain.AuditEvent{ID: domain.EventID(id), At: time.Now().UTC().Truncate(time.Microsecond), Name: "x.y"}
}

// TestAQueuedStatementThatFailsFailsItsUnit appends an event twice. The error appears wherever the queued statement is sent:
// with the commit, or with a later statement, whose error the unit of work may ignore.
func TestAQueuedStatementThatFailsFailsItsUnit(t *testing.T) {
	t.Parallel()
	onServerAndPooler(t, func(t *testing.T, store *bunstore.Store, _ string) {
		settings := domain.DefaultOrgSettings(domain.ServerLimits{}, time.Now().UTC())
		org := createOrg(t, store, settings)
		first := uuid.Must(uuid.NewV7()).String()
		require.NoError(t, store.InOrg(t.Context(), org, func(tx port.OrgTx) error { return tx.Audit().Append(t.Context(), eventWith(first)) }))
		for name, then := range map[string]func(tx port.OrgTx){
			"with the commit":    func(port.OrgTx) {},
			"with a query":       func(tx port.OrgTx) { _, _ = tx.Org().Get(t.Context()) },
			"with many queries":  func(tx port.OrgTx) { _, _ = tx.Org().Get(t.Context()); _, _ = tx.Roles().List(t.Context()) },
			"with a statement":   func(tx port.OrgTx) { _ = tx.Attempts().Save(t.Context(), "key", domain.Attempts{Failures: 1}) },
			"with another event": func(tx port.OrgTx) { _ = tx.Audit().Append(t.Context(), eventWith(uuid.Must(uuid.NewV7()).String())) },
		} {
			err := store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
				changed := settings
				changed.PolicyVersion = 77
				require.NoError(t, tx.Org().SaveSettings(t.Context(), changed))
				require.NoError(t, tx.Audit().Append(t.Context(), eventWith(first)))
				then(tx)
				return nil
			})
			require.Error(t, err, name)
			require.NotEqual(t, int64(77), readSettings(t, store, org).PolicyVersion, name)
			require.NoError(t, store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
				saved, err := tx.Attempts().Get(t.Context(), "key")
				require.Zero(t, saved)
				return err
			}))
		}
	})
}

// TestInterruptedUnitsLeaveNothingBehind cancels, fails and commits units of two orgs at random, in parallel on few
// connections. Each unit sees its own org only, and in the end no transaction is open and only committed events are stored.
func TestInterruptedUnitsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	onServerAndPooler(t, func(t *testing.T, store *bunstore.Store, server string) {
		settings := domain.DefaultOrgSettings(domain.ServerLimits{}, time.Now().UTC())
		orgs := []domain.OrgID{createOrg(t, store, settings), createOrg(t, store, settings)}
		var (
			mu                  sync.Mutex
			committed, possible = map[domain.EventID]domain.OrgID{}, map[domain.EventID]domain.OrgID{}
			workers             sync.WaitGroup
		)
		for range 6 {
			workers.Go(func() {
				for range 40 {
					org := orgs[rand.IntN(2)]
					id, err := interrupted(t, store, org)
					mu.Lock()
					if err == nil {
						committed[id] = org
					}
					if !errors.Is(err, domain.ErrNotFound) { // a cancelled unit may have committed
						possible[id] = org
					}
					mu.Unlock()
				}
			})
		}
		workers.Wait()
		stored := map[domain.EventID]domain.OrgID{}
		for _, org := range orgs {
			require.NoError(t, store.ReadOrg(t.Context(), org, func(tx port.OrgTx) error {
				events, err := tx.Audit().Newest(t.Context(), 1000)
				for _, event := range events {
					stored[event.ID] = org
				}
				return err
			}))
		}
		require.NotEmpty(t, committed)
		for id, org := range committed {
			require.Equal(t, org, stored[id], "a committed event is stored")
		}
		for id, org := range stored {
			require.Equal(t, org, possible[id], "a stored event belongs to the org of its unit")
		}
		conn := asService(t, server)
		require.Eventually(t, func() bool {
			return len(names(t, conn, `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'`)) == 0
		}, 5*time.Second, 10*time.Millisecond)
	})
}

// interrupted runs a unit that appends an event. It is rolled back if the error is domain.ErrNotFound.
func interrupted(t *testing.T, store *bunstore.Store, org domain.OrgID) (id domain.EventID, err error) {
	id = domain.EventID(uuid.Must(uuid.NewV7()).String())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	how := rand.IntN(6)
	if how == 0 {
		time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, cancel)
	}
	return id, store.InOrg(ctx, org, func(tx port.OrgTx) error {
		if how == 1 {
			return domain.ErrNotFound // before the transaction begins
		}
		if err := tx.Audit().Append(ctx, eventWith(string(id))); err != nil {
			return err
		}
		if how == 2 {
			return domain.ErrNotFound // while the event waits
		}
		seen, err := tx.Org().Get(ctx)
		if err == nil && seen.ID != org {
			t.Errorf("a unit of %s sees %s", org, seen.ID)
		}
		switch how {
		case 3:
			return fmt.Errorf("stop: %w", domain.ErrNotFound) // after it was sent
		case 4:
			cancel()
		}
		return err
	})
}
