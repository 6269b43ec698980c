//go:build unix

package faults

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// The service promises a 503 within two seconds of a fault, then at once, and normal service within one second
// of the end. The limits allow more for a busy machine.
const (
	soon     = 5 * time.Second
	atOnce   = 250 * time.Millisecond
	foundOut = 2500 * time.Millisecond // after a fault; from then on requests are refused at once
)

// onPostgres runs a test on a private PostgreSQL, under load.
func onPostgres(t *testing.T, test func(t *testing.T, server *harness.PrivateServer, s *service, l *load)) {
	t.Parallel()
	server := harness.NewPostgresServer(t)
	s := deploy(t, server.URL(), "memory://").serve(t)
	token := s.enrol(t).access
	l := begin(t, token, s)
	before := s.memory()
	test(t, server, s, l)
	l.nothingLost(t, s, server.URL())
	s.post("/members", map[string]any{"email": "after@example.org", "full_name": "After"}, "Authorization", "Bearer "+token).is(t, 201, "")
	eventually(t, "who is invited hears of it", func() bool { return s.d.mailed("after@example.org") })
	require.Less(t, s.memory(), before+maxGrowth, "MiB of memory, after %d", before)
}

// mustRefuse requires that a service without its database refuses requests, at first after a wait and then at
// once, and that it is live but not ready.
func mustRefuse(t *testing.T, s *service, l *load, fault time.Time) {
	t.Helper()
	time.Sleep(foundOut)
	refused := l.during(time.Second)
	mustBe(t, refused, "503 unavailable")
	require.Less(t, median(refused), atOnce)
	mustBe(t, l.after(fault), orAway...)
	require.Less(t, longest(l.after(fault)), soon)
	t.Logf("refused after %s, then after %s", longest(l.after(fault)), median(refused))
	s.get("/health/live", "").is(t, 200, "")
	s.get("/health/ready", "").is(t, 503, "unavailable")
	require.Equal(t, "unavailable", s.get("/health", "").is(t, 503, "").text("status"))
}

// mustRecover requires that requests succeed again soon and keep succeeding.
func mustRecover(t *testing.T, s *service, l *load) {
	t.Helper()
	took := l.served(t)
	require.Less(t, took, soon)
	t.Logf("served again after %s", took)
	s.get("/health/ready", "").is(t, 200, "")
	mustBe(t, l.during(time.Second), fine...)
}

func TestPostgresIsStopped(t *testing.T) {
	onPostgres(t, func(t *testing.T, server *harness.PrivateServer, s *service, l *load) {
		fault := time.Now()
		server.Stop(t)
		mustRefuse(t, s, l, fault)
		late := s.d.serve(t) // a service also starts without its database
		late.get("/health/live", "").is(t, 200, "")
		late.login(ownerEmail).is(t, 503, "unavailable")
		server.Start(t)
		mustRecover(t, s, l)
		eventually(t, "who started without it is ready", func() bool { return late.get("/health/ready", "").status == 200 })
		late.login(ownerEmail).is(t, 200, "")
	})
}

func TestPostgresHangs(t *testing.T) {
	onPostgres(t, func(t *testing.T, server *harness.PrivateServer, s *service, l *load) {
		for range 2 {
			fault := time.Now()
			server.Freeze(t)
			mustRefuse(t, s, l, fault)
			server.Thaw(t)
			mustRecover(t, s, l)
		}
	})
}

func TestPostgresIsRestarted(t *testing.T) { onRestarts(t, (*harness.PrivateServer).Stop) }

func TestPostgresCrashes(t *testing.T) { onRestarts(t, (*harness.PrivateServer).Kill) }

func onRestarts(t *testing.T, end func(*harness.PrivateServer, testing.TB)) {
	onPostgres(t, func(t *testing.T, server *harness.PrivateServer, s *service, l *load) {
		for range 3 {
			fault := time.Now()
			end(server, t)
			server.Start(t)
			mustRecover(t, s, l)
			mustBe(t, l.after(fault), orAway...)
			require.Less(t, longest(l.after(fault)), soon)
		}
	})
}

// TestPostgresEndsConnections terminates every connection, as an administrator or a failover does.
func TestPostgresEndsConnections(t *testing.T) {
	onPostgres(t, func(t *testing.T, server *harness.PrivateServer, s *service, l *load) {
		conn, err := pgx.Connect(t.Context(), server.URL())
		require.NoError(t, err)
		defer func() { _ = conn.Close(t.Context()) }()
		fault := time.Now()
		for range 5 {
			_, err := conn.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sole'")
			require.NoError(t, err)
			time.Sleep(100 * time.Millisecond)
		}
		mustRecover(t, s, l)
		mustBe(t, l.after(fault), orAway...)
		require.NotContains(t, s.log.String(), "the database is unreachable", "it was there all the time")
	})
}

// TestThePoolIsExhausted lets every connection wait for a lock. Requests without a connection are
// refused, but the database does not count as unavailable.
func TestThePoolIsExhausted(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	few, err := url.Parse(database)
	require.NoError(t, err)
	few.RawQuery = strings.TrimPrefix(few.RawQuery+"&pool_max_conns=4", "&")
	s := deploy(t, few.String(), "memory://").serve(t)
	l := begin(t, s.enrol(t).access, s)
	before := s.memory()
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	lock, err := conn.Begin(t.Context())
	require.NoError(t, err)
	fault := time.Now()
	_, err = lock.Exec(t.Context(), "LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	time.Sleep(5 * time.Second)
	s.get("/health/live", "").is(t, 200, "")
	require.NoError(t, lock.Rollback(t.Context()))
	mustRecover(t, s, l)
	answers := l.after(fault)
	mustBe(t, answers, orAway...)
	require.True(t, slices.ContainsFunc(answers, func(a answer) bool { return a.status == 503 }), "no request was refused")
	require.Less(t, longest(answers), 10*time.Second, "a request's own deadline")
	require.NotContains(t, s.log.String(), "the database is unreachable")
	l.nothingLost(t, s, database)
	require.Less(t, s.memory(), before+maxGrowth)
}

// TestPostgresIsSlow adds a delay to each message. The database does not count as unavailable, and
// requests that would wait too long are refused.
func TestPostgresIsSlow(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	p := newProxy(t, database)
	s := deploy(t, p.url, "memory://").serve(t)
	l := begin(t, s.enrol(t).access, s)
	fault := time.Now()
	p.delay.Store(int64(40 * time.Millisecond))
	time.Sleep(3 * time.Second)
	p.delay.Store(0)
	mustRecover(t, s, l)
	answers := l.after(fault)
	mustBe(t, answers, orAway...)
	require.Less(t, median(answers), time.Second)
	require.NotNil(t, first(answers, reads, 2))
	require.NotContains(t, s.log.String(), "the database is unreachable")
	l.nothingLost(t, s, database)
}

// TestTheNetworkToPostgresLosesEveryPacket covers old and new connections: none is refused and
// none is answered.
func TestTheNetworkToPostgresLosesEveryPacket(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	p := newProxy(t, database)
	s := deploy(t, p.url, "memory://").serve(t)
	l := begin(t, s.enrol(t).access, s)
	fault := time.Now()
	p.hole.Store(true)
	mustRefuse(t, s, l, fault)
	p.hole.Store(false)
	mustRecover(t, s, l)
	l.nothingLost(t, s, database)
}
