//go:build unix

package faults

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The kinds of requests in the load.
const (
	reads     = "GET /me"
	lists     = "GET /members?limit=5"
	writes    = "POST /members"
	refreshes = "POST /auth/refresh"
	signIns   = "POST /auth/login"
)

var kinds = []string{reads, lists, writes, refreshes, signIns}

// thinkTime is how long each client waits between its calls. Every kind of call meets the fault, and a small
// machine stays idle most of the time.
const thinkTime = 40 * time.Millisecond

// load sends requests of every kind in parallel and stores every answer.
type load struct {
	mu      sync.Mutex
	answers []answer
	written []string  // addresses of accounts whose creation was acknowledged
	members []account // with their newest tokens
	stop    func()
}

// begin sends load to the services, in turn, until the test ends or stop is called. It uses the token of the owner
// for requests that need a permission.
func begin(t *testing.T, ownersToken string, services ...*service) *load {
	t.Helper()
	l := &load{}
	for i := range members {
		l.members = append(l.members, services[0].signIn(t, member(i)))
	}
	over := make(chan struct{})
	var workers sync.WaitGroup
	for i := range l.members {
		workers.Go(func() { l.work(i, services, ownersToken, over) })
	}
	l.stop = sync.OnceFunc(func() {
		close(over)
		workers.Wait()
	})
	t.Cleanup(l.stop)
	l.await(t, "every kind is served", func(answers []answer) bool {
		return !slices.ContainsFunc(kinds, func(kind string) bool { return first(answers, kind, 2) == nil })
	})
	return l
}

func (l *load) work(i int, services []*service, ownersToken string, over chan struct{}) {
	who := &l.members[i]
	for n := i; ; n++ {
		select {
		case <-over:
			return
		case <-time.After(thinkTime):
		}
		s := services[n%len(services)]
		switch n % 8 {
		case 0, 1, 2:
			l.note(s.get("/me", who.access))
		case 3, 4:
			l.note(s.get("/members?limit=5", ownersToken))
		case 5:
			email := fmt.Sprintf("written-%d-%d@example.org", i, n)
			a := l.note(s.post("/members", map[string]any{"email": email, "full_name": "Written"}, "Authorization", "Bearer "+ownersToken))
			if a.status == 201 {
				l.mu.Lock()
				l.written = append(l.written, email)
				l.mu.Unlock()
			}
		case 6:
			if a := l.note(s.post("/auth/refresh", map[string]any{"refresh_token": who.refresh})); a.status == 200 {
				who.access, who.refresh = a.text("access_token"), a.text("refresh_token")
			}
		case 7:
			if n%16 == 7 {
				l.note(s.login(who.email))
			}
		}
	}
}

func (l *load) note(a answer) answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers = append(l.answers, a)
	return a
}

// since returns the answers to requests that began after a time and have ended.
func (l *load) since(instant time.Time) []answer {
	return l.which(func(a answer) bool { return a.began.After(instant) })
}

// after returns the answers that arrived after a time.
func (l *load) after(instant time.Time) []answer {
	return l.which(func(a answer) bool { return a.began.Add(a.took).After(instant) })
}

func (l *load) which(wanted func(answer) bool) []answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.answers), func(a answer) bool { return !wanted(a) })
}

// await waits until wanted accepts the answers from now on, and returns how long that took.
func (l *load) await(t *testing.T, what string, wanted func([]answer) bool) time.Duration {
	t.Helper()
	now := time.Now()
	return eventually(t, what, func() bool { return wanted(l.since(now)) })
}

// during waits for a while and returns the answers of that time.
func (l *load) during(while time.Duration) []answer {
	now := time.Now()
	time.Sleep(while)
	return l.since(now)
}

// first returns the first answer of a kind whose status begins with a digit.
func first(answers []answer, kind string, digit int) *answer {
	for _, a := range answers {
		if a.kind == kind && a.status/100 == digit {
			return &a
		}
	}
	return nil
}

// served waits until requests of every kind succeed again, and returns how long that took.
func (l *load) served(t *testing.T) time.Duration {
	t.Helper()
	return l.await(t, "every kind is served again", func(answers []answer) bool {
		return !slices.ContainsFunc(kinds, func(kind string) bool { return first(answers, kind, 2) == nil })
	})
}

// mustBe requires that each answer has one of the outcomes, such as "200" or "503 unavailable".
func mustBe(t *testing.T, answers []answer, outcomes ...string) {
	t.Helper()
	require.NotEmpty(t, answers)
	for _, a := range answers {
		require.NoError(t, a.err, a.kind)
		outcome := fmt.Sprint(a.status)
		if a.code != "" {
			outcome += " " + a.code
		}
		require.Contains(t, outcomes, outcome, "%s after %s: %s", a.kind, a.took, a.raw)
	}
}

// fine lists the outcomes without a fault.
var fine = []string{"200", "201"}

// orAway lists the outcomes during a fault.
var orAway = append(slices.Clone(fine), "503 unavailable")

// longest returns how long the slowest answer took.
func longest(answers []answer) time.Duration {
	return slices.MaxFunc(answers, func(a, b answer) int { return int(a.took - b.took) }).took
}

// median returns how long the median answer took.
func median(answers []answer) time.Duration {
	sorted := slices.SortedFunc(slices.Values(answers), func(a, b answer) int { return int(a.took - b.took) })
	return sorted[len(sorted)/2].took
}

// nothingLost ends the load. It requires that the database has every acknowledged account and that the newest
// token of each member works.
func (l *load) nothingLost(t *testing.T, s *service, database string) {
	t.Helper()
	l.stop()
	db := look(t, database)
	rows, err := db.QueryContext(t.Context(), "SELECT email FROM users WHERE email LIKE 'written-%'")
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	found := map[string]bool{}
	for rows.Next() {
		var email string
		require.NoError(t, rows.Scan(&email))
		found[email] = true
	}
	require.NoError(t, rows.Err())
	for _, email := range l.written {
		require.True(t, found[email], "%s was acknowledged and is lost", email)
	}
	var unaudited int
	require.NoError(t, db.QueryRowContext(t.Context(), `
		SELECT count(*) FROM users u WHERE email LIKE 'written-%' AND NOT EXISTS (
			SELECT 1 FROM audit_events e WHERE e.org_id = u.org_id AND e.resource_id = CAST(u.id AS text))`).Scan(&unaudited))
	require.Zero(t, unaudited, "accounts without their event: half a unit was kept")
	for _, who := range l.members {
		s.post("/auth/refresh", map[string]any{"refresh_token": who.refresh}).is(t, 200, "")
	}
	t.Logf("%d answers, %d acknowledged writes", len(l.answers), len(l.written))
}
