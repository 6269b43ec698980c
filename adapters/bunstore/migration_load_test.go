package bunstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// TestUnitsOfWorkSucceedDuringMigrations undoes and applies the newest migrations while accounts are changed, and while a
// transaction, such as that of a backup, has the audit log in use for longer than units of work wait for a lock.
func TestUnitsOfWorkSucceedDuringMigrations(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	store := postgres(t, withOption(t, dsn, "lock_timeout", "1000"))
	org := createOrg(t, store, domain.DefaultOrgSettings(domain.ServerLimits{}, time.Now().UTC()))
	require.NoError(t, store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
		user, err := domain.NewUser(domain.UserID(uuid.NewString()), "someone@example.org", "Someone", time.Now().UTC())
		require.NoError(t, err)
		return tx.Users().Insert(t.Context(), user)
	}))
	for _, migrate := range []func(){
		func() { rollBackTo(t, store, "00022") },
		func() {
			_, err := store.Migrate(t.Context())
			require.NoError(t, err)
		},
	} {
		ended := useAuditLog(t, dsn, 1500*time.Millisecond)
		failures := loaded(t, store, org, migrate)
		ended()
		require.NoError(t, failures)
	}
}

// useAuditLog begins a transaction that has read the audit log, and ends it after a time. The function that it returns waits
// for that.
func useAuditLog(t *testing.T, dsn string, length time.Duration) (ended func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "BEGIN; SELECT count(*) FROM audit_events")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		time.Sleep(length)
		_ = conn.Close(context.Background())
	}()
	return func() { <-done }
}

// loaded changes accounts of the org, each several times in parallel, until migrate returns. It returns the errors.
func loaded(t *testing.T, store *bunstore.Store, org domain.OrgID, migrate func()) error {
	t.Helper()
	var (
		workers  sync.WaitGroup
		failures = make(chan error, 1000)
		ctx, end = context.WithCancel(t.Context())
	)
	for worker := range 4 {
		workers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				began := time.Now()
				if err := change(t.Context(), store, org); err != nil && len(failures) < cap(failures)/2 {
					failures <- fmt.Errorf("worker %d, unit %d, after %v: %w", worker, n, time.Since(began), err)
				}
			}
		})
	}
	migrate()
	end()
	workers.Wait()
	close(failures)
	var all []error
	for err := range failures {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// change is a unit of work as use cases have them: it locks the account, changes it and appends an event, as a build does that
// works with all these migrations.
func change(ctx context.Context, store *bunstore.Store, org domain.OrgID) error {
	return store.InOrg(ctx, org, func(tx port.OrgTx) error {
		user, err := tx.Users().ByEmail(ctx, "someone@example.org")
		if err != nil {
			return err
		}
		if user, err = tx.Users().Lock(ctx, user.ID); err != nil {
			return err
		}
		if err := tx.Users().Update(ctx, user); err != nil {
			return err
		}
		return bunstore.AppendEarlierEvent(ctx, tx, uuid.Must(uuid.NewV7()).String(), user.ID)
	})
}
