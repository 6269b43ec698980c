//go:build unix

package faults

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestPgBouncerIsReloadedPausedAndRestarted runs load through both databases of deploy/pgbouncer, one in each mode.
func TestPgBouncerIsReloadedPausedAndRestarted(t *testing.T) {
	for mode, restart := range map[string]func(*harness.PrivateServer, testing.TB){
		"transaction": (*harness.PrivateServer).Stop, // waits for the end of transactions
		"session":     (*harness.PrivateServer).Kill, // Stop would wait for the end of sessions
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			database := harness.Postgres(t)
			pooled := harness.NewPooledPostgres(t, database)
			url := map[string]string{"transaction": pooled.Transaction, "session": pooled.Session}[mode]
			d := deploy(t, url, "memory://", "MIGRATION_DATABASE_URL="+pooled.Session)
			s := d.serve(t)
			l := begin(t, s.enrol(t).access, s)

			began := time.Now()
			pooled.Signal(t, syscall.SIGHUP) // RELOAD
			mustBe(t, l.during(500*time.Millisecond), fine...)
			mustBe(t, l.after(began), fine...)

			paused := time.Now()
			pooled.Signal(t, syscall.SIGUSR1) // PAUSE
			time.Sleep(time.Second)
			pooled.Signal(t, syscall.SIGUSR2) // RESUME
			mustRecover(t, s, l)
			mustBe(t, l.after(paused), orAway...)
			t.Logf("paused for a second: 503 for at most %s, the slowest took %s", lastRefusal(l, paused), longest(l.after(paused)))

			fault := time.Now()
			restart(pooled.PrivateServer, t)
			l.await(t, "the loss is noticed", func(answers []answer) bool { return first(answers, reads, 5) != nil })
			pooled.Start(t)
			started := time.Now()
			mustRecover(t, s, l)
			mustBe(t, l.after(fault), orAway...)
			require.Less(t, longest(l.after(fault)), soon)
			t.Logf("restarted: 503 until %s after it was back", lastRefusal(l, started))
			d.sole(t, "doctor")
			l.nothingLost(t, s, database)
		})
	}
}

// TestPgBouncerFollowsThePrimary loses the primary behind PgBouncer. Its file then names the promoted standby.
func TestPgBouncerFollowsThePrimary(t *testing.T) {
	t.Parallel()
	pair := harness.NewPostgresPair(t)
	pooled := harness.NewPooledPostgres(t, pair.URLOf(pair.DB1, "sole"))
	d := configure(t, pooled.Transaction, "memory://", "MIGRATION_DATABASE_URL="+pair.URL("sole_owner"))
	d.sole(t, "migrate", "up")
	d.sole(t, "seed")
	d.populate(t, pooled.Transaction)
	s := d.serve(t)
	l := begin(t, s.enrol(t).access, s)
	awaitStandby(t, pair, pair.DB1, "quorum")
	fault := time.Now()
	pair.DB1.Kill(t)
	for _, statement := range promote {
		pair.Exec(t, pair.DB2, statement)
	}
	l.await(t, "the loss is noticed", func(answers []answer) bool { return first(answers, writes, 5) != nil })
	pooled.Follow(t, pair.URLOf(pair.DB2, "sole"))
	reloaded := time.Now()
	pooled.Signal(t, syscall.SIGHUP) // RELOAD
	mustRecover(t, s, l)
	mustBe(t, l.after(fault), orAway...)
	t.Logf("503 until %s after PgBouncer was told of the new primary", lastRefusal(l, reloaded))
	l.nothingLost(t, s, pair.AdminURL(pair.DB2))
}
