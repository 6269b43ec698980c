package bench

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// unaudited is a store that drops events.
type unaudited struct{ port.Store }

func (s unaudited) InOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	return s.Store.InOrg(ctx, org, func(tx port.OrgTx) error { return fn(unauditedTx{tx}) })
}

type unauditedTx struct{ port.OrgTx }

func (t unauditedTx) Audit() port.Audit { return dropped{t.OrgTx.Audit()} }

type dropped struct{ port.Audit }

func (dropped) Append(context.Context, domain.AuditEvent) error { return nil }

// archive is the service's store, and one account that may change its profile.
func archive(b *testing.B, database string) (*bootstrap.App, domain.Caller) {
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
	user, err := domain.NewUser(domain.UserID(uuid.NewString()), "m@example.org", "Member", now)
	require.NoError(b, err)
	session := domain.Session{ID: domain.SessionID(uuid.NewString()), User: user.ID, AMR: []domain.AMR{domain.AMRPassword}, AuthTime: now, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour)}
	require.NoError(b, app.Store.Platform().CreateOrg(b.Context(), org, settings, func(tx port.OrgTx) error {
		require.NoError(b, tx.Users().Insert(b.Context(), user))
		return tx.Sessions().Insert(b.Context(), session)
	}))
	principal, err := app.Store.Principal(b.Context(), org.ID, session.ID)
	require.NoError(b, err)
	return app, domain.Caller{Principal: principal, Origin: domain.Origin{Address: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)", RequestID: uuid.NewString()}}
}

var archives = map[string]func(b *testing.B) string{
	"postgres": func(b *testing.B) string { return harness.Postgres(b) },
	"sqlite":   func(b *testing.B) string { return "sqlite://" + filepath.Join(b.TempDir(), "sole.db") },
}

// BenchmarkAuditedWrite compares what PATCH /me does, from the session's lookup to the
// commit, with the same without its event. The two take turns; medians are compared.
func BenchmarkAuditedWrite(b *testing.B) {
	for name, database := range archives {
		b.Run(name, func(b *testing.B) {
			app, caller := archive(b, database(b))
			change := func(store port.Store, i int) time.Duration {
				name := fmt.Sprintf("Member %d", i)
				began := time.Now()
				_, err := app.Store.Principal(b.Context(), caller.Org.ID, caller.Session.ID)
				require.NoError(b, err)
				_, err = account.UpdateProfile{Store: store, Clock: func() time.Time { return time.Now().UTC() }, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }}.
					Execute(b.Context(), caller, account.UpdateProfileInput{FullName: &name})
				require.NoError(b, err)
				return time.Since(began)
			}
			var with, without []time.Duration
			for i := 0; b.Loop(); i += 2 {
				without = append(without, change(unaudited{app.Store}, i))
				with = append(with, change(app.Store, i+1))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(with), "with-µs")
			b.ReportMetric(median(without), "without-µs")
			b.ReportMetric(median(with)/median(without), "of-without")
		})
	}
}

func median(took []time.Duration) float64 {
	slices.Sort(took)
	return float64(took[len(took)/2].Nanoseconds()) / 1000
}

// BenchmarkSealing seals events that wait, verifies them, and tells how much memory that
// took beyond what was in use: -benchtime 1000000x for a million.
func BenchmarkSealing(b *testing.B) {
	for name, database := range archives {
		b.Run(name, func(b *testing.B) {
			app, caller := archive(b, database(b))
			appendEvents(b, app, caller.Org.ID, b.N)
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
					ID: domain.EventID(uuid.Must(uuid.NewV7()).String()), At: now, Name: domain.EventSignedIn, Outcome: domain.OutcomeSuccess, Actor: domain.UserID(uuid.NewString()),
					ResourceType: "session", ResourceID: uuid.NewString(), Details: map[string]string{"amr": "pwd otp"},
					Origin: domain.Origin{Address: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)", RequestID: uuid.NewString()},
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

// watchHeap tells how much memory is in use now and, when it is stopped, the most that ever was.
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
