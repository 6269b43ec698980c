package main_test

import (
	"io"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// archive returns a service on an empty database with one org.
func archive(b *testing.B, database string) (*bootstrap.App, domain.OrgID) {
	b.Helper()
	config, err := bootstrap.Load(bootstrap.Source{Defaults: map[string]string{"DATA_DIR": b.TempDir()}})
	require.NoError(b, err)
	config.DatabaseURL, config.RedisURL = database, "memory://"
	app, err := bootstrap.Build(config, bootstrap.Environment{Log: io.Discard})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, app.Close()) })
	_, err = app.Store.Migrate(b.Context())
	require.NoError(b, err)
	now := time.Now().UTC().Truncate(time.Microsecond)
	org, err := domain.NewOrg(config.DefaultOrgID, "Acme", "acme", now)
	require.NoError(b, err)
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, now)
	require.NoError(b, app.Store.Platform().CreateOrg(b.Context(), org, settings, func(port.OrgTx) error { return nil }))
	return app, org.ID
}

var archives = map[string]func(b *testing.B) string{
	"postgres": func(b *testing.B) string { return harness.Postgres(b) },
	"sqlite":   func(b *testing.B) string { return "sqlite://" + filepath.Join(b.TempDir(), "sole.db") },
}

// BenchmarkSealing seals events, verifies them, and reports how much memory that took
// beyond what was in use: -benchtime 1000000x for a million.
func BenchmarkSealing(b *testing.B) {
	for name, database := range archives {
		b.Run(name, func(b *testing.B) {
			app, org := archive(b, database(b))
			appendEvents(b, app, org, b.N)
			most, stop := watchHeap()
			b.ResetTimer()
			sealed, err := app.Sealing().Execute(b.Context())
			b.StopTimer()
			require.NoError(b, err)
			require.Equal(b, b.N, sealed)
			b.ReportMetric(float64(stop()-most)/(1<<20), "MB-more")
		})
	}
}

// appendEvents appends n events.
func appendEvents(b *testing.B, app *bootstrap.App, org domain.OrgID, n int) {
	b.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	for n > 0 {
		part := min(n, 2000)
		require.NoError(b, app.Store.InOrg(b.Context(), org, func(tx port.OrgTx) error {
			for range part {
				e := domain.AuditEvent{
					ID:           domain.EventID(uuid.Must(uuid.NewV7()).String()),
					At:           now,
					Name:         domain.EventSignedIn,
					Outcome:      domain.OutcomeSuccess,
					Actor:        domain.UserID(uuid.NewString()),
					ResourceType: "session",
					ResourceID:   uuid.NewString(),
					Details:      map[string]string{"amr": "pwd otp"},
					Origin: domain.Origin{
						Address: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)", RequestID: uuid.NewString(),
					},
				}
				if err := tx.Audit().Append(b.Context(), e); err != nil {
					return err
				}
			}
			return nil
		}))
		n -= part
	}
}

// watchHeap returns the memory in use now, and a function that stops watching and returns the maximum.
func watchHeap() (now int64, stop func() int64) {
	inUse := func() int64 {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	runtime.GC()
	now = inUse()
	ended, most := make(chan struct{}), make(chan int64)
	go func() {
		peak := now
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				most <- max(peak, inUse())
				return
			case <-tick.C:
				peak = max(peak, inUse())
			}
		}
	}()
	return now, func() int64 {
		close(ended)
		return <-most
	}
}
