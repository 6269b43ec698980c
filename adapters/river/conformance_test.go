package river_test

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
	"github.com/sole-platform/sole/test/harness"
)

func TestTheQueueKeepsThePromisesOfEmailsAndJobs(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "sole.db") },
		"postgres": func(t *testing.T) string { return harness.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			conformance.Emails(t, func(t *testing.T) conformance.Outbox { return newOutbox(t, dsn(t)) })
			conformance.Jobs(t, func(t *testing.T) port.Store { return newOutbox(t, dsn(t)).Store })
		})
	}
}

// newOutbox opens a store and delivers its emails until the test ends.
func newOutbox(t *testing.T, dsn string) conformance.Outbox {
	t.Helper()
	f := connect(t, dsn, port.EmailJob{})
	_, err := f.store.Migrate(t.Context())
	require.NoError(t, err)
	var mu sync.Mutex
	var delivered []conformance.DeliveredEmail
	f.work(t, port.HandleJob(func(_ context.Context, org domain.OrgID, job port.EmailJob) error {
		mu.Lock()
		defer mu.Unlock()
		delivered = append(delivered, conformance.DeliveredEmail{Org: org, Message: job.Message})
		return nil
	}))
	return conformance.Outbox{
		Store: f.store,
		Delivered: func() []conformance.DeliveredEmail {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(delivered)
		},
		Settle: func(t *testing.T) {
			t.Helper()
			require.Eventually(t, func() bool { return f.count(t, "SELECT count(*) FROM river_job WHERE state <> 'completed'") == 0 },
				30*time.Second, 50*time.Millisecond)
		},
	}
}
