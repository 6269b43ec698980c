//go:build unix

package faults

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// promotionCost is how long requests may be answered with 503 after a standby was promoted. An idle machine needs 0.1 seconds.
const promotionCost = 2 * time.Second

// promote is what docs/nodes.md says to run on the standby. A server without a standby would wait for one with each commit.
var promote = []string{"ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()", "SELECT pg_promote()"}

// onPair runs a test on a primary with a synchronous standby, of which the service knows both hosts.
func onPair(t *testing.T, test func(t *testing.T, pair *harness.PostgresPair, s *service, l *load)) {
	t.Parallel()
	pair := harness.NewPostgresPair(t)
	d := configure(t, pair.URL("sole"), "memory://", "MIGRATION_DATABASE_URL="+pair.URL("sole_owner"))
	d.sole(t, "migrate", "up")
	d.sole(t, "seed")
	d.populate(t, pair.URL("sole"))
	s := d.serve(t)
	l := begin(t, s.enrol(t).access, s)
	test(t, pair, s, l)
}

// TestAStandbyIsPromoted kills the primary under load, promotes the standby, and brings the old primary back as a standby, then
// the other way round. The second time the standby is the first host of the URL.
func TestAStandbyIsPromoted(t *testing.T) {
	onPair(t, func(t *testing.T, pair *harness.PostgresPair, s *service, l *load) {
		primary, standby := pair.DB1, pair.DB2
		for range 2 {
			awaitStandby(t, pair, primary, "quorum")
			fault := time.Now()
			primary.Kill(t)
			l.await(t, "the loss is noticed", func(answers []answer) bool { return first(answers, writes, 5) != nil })
			for _, statement := range promote {
				pair.Exec(t, standby, statement)
			}
			promoted := time.Now()
			mustRecover(t, s, l)
			cost := lastRefusal(l, promoted)
			t.Logf("503 until %s after the promotion, %s after the loss", cost, lastRefusal(l, fault))
			require.Less(t, cost, promotionCost)
			mustBe(t, l.after(fault), orAway...)

			back := time.Now()
			pair.Rejoin(t, primary, standby)
			awaitStandby(t, pair, standby, "async")
			pair.Exec(t, standby, "ALTER SYSTEM RESET synchronous_standby_names")
			pair.Exec(t, standby, "SELECT pg_reload_conf()")
			awaitStandby(t, pair, standby, "quorum")
			l.served(t)
			mustBe(t, l.after(back), fine...)
			primary, standby = standby, primary
		}
		l.nothingLost(t, s, pair.AdminURL(primary))
	})
}

// TestASynchronousStandbyIsLost: what only the primary has is not acknowledged, not even when an administrator ends the wait. The
// server then reports the commit as done, with a warning.
func TestASynchronousStandbyIsLost(t *testing.T) {
	onPair(t, func(t *testing.T, pair *harness.PostgresPair, s *service, l *load) {
		awaitStandby(t, pair, pair.DB1, "quorum")
		pair.DB2.Kill(t)
		fault := time.Now()
		const refused = "the commit has not reached a synchronous standby"
		eventually(t, "commits are refused", func() bool {
			pair.Exec(t, pair.DB1, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
			return strings.Count(s.log.String(), refused) >= 5 && first(l.since(fault), reads, 2) != nil
		})
		require.Nil(t, first(l.since(fault), writes, 2), "a commit that only the primary has was acknowledged")
		mustBe(t, l.after(fault), orAway...)
		pair.Exec(t, pair.DB1, "ALTER SYSTEM SET synchronous_standby_names = ''")
		pair.Exec(t, pair.DB1, "SELECT pg_reload_conf()")
		mustRecover(t, s, l)
		l.nothingLost(t, s, pair.AdminURL(pair.DB1))
	})
}

// awaitStandby waits until the primary sends to a standby, which is asynchronous or one of a quorum.
func awaitStandby(t *testing.T, pair *harness.PostgresPair, primary *harness.PrivateServer, state string) {
	t.Helper()
	db := look(t, pair.AdminURL(primary))
	eventually(t, "there is a standby: "+state, func() bool {
		var found sql.NullString
		err := db.QueryRowContext(t.Context(), "SELECT max(sync_state) FROM pg_stat_replication WHERE state = 'streaming'").Scan(&found)
		return err == nil && found.String == state
	})
}

// lastRefusal returns how long after an instant the last request was refused.
func lastRefusal(l *load, instant time.Time) (after time.Duration) {
	for _, a := range l.after(instant) {
		if a.status == 503 {
			after = max(after, a.began.Add(a.took).Sub(instant))
		}
	}
	return after
}
