//go:build unix

package upgrade

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	members   = 4
	thinkTime = 20 * time.Millisecond
)

// load sends requests of every kind and stores every answer.
type load struct {
	router *router
	owner  string // access token

	mu      sync.Mutex
	answers []answer
	written []string  // addresses of accounts whose creation was acknowledged
	members []session // with their newest tokens
	stop    func()
}

// begin creates members and sends load as them and as the owner, until the test ends or stop is called.
func begin(t *testing.T, r *router, owner string) *load {
	t.Helper()
	l := &load{router: r, owner: owner}
	for i := range members {
		body := map[string]any{"email": member(i), "full_name": "Member", "roles": []string{"member"}, "temporary_password": true}
		temporary := r.ask(0, "POST", "/members", owner, body).is(t, 201).text("temporary_password")
		challenge := r.post("/auth/login", map[string]any{"email": member(i), "password": temporary}).is(t, 200).text("challenge.token")
		a := r.post("/auth/login/password", map[string]any{"challenge_token": challenge, "new_password": password}).is(t, 200)
		l.members = append(l.members, a.session())
	}
	over := make(chan struct{})
	var workers sync.WaitGroup
	for i := range l.members {
		workers.Go(func() { l.work(i, over) })
	}
	l.stop = sync.OnceFunc(func() {
		close(over)
		workers.Wait()
	})
	t.Cleanup(l.stop)
	return l
}

func member(i int) string { return fmt.Sprintf("member%d@example.org", i) }

func (l *load) work(i int, over chan struct{}) {
	who := &l.members[i]
	for turn := i; ; turn++ {
		select {
		case <-over:
			return
		case <-time.After(thinkTime):
		}
		switch turn % 7 {
		case 0, 1:
			l.note(l.router.ask(turn, "GET", "/me", who.access, nil))
		case 2:
			l.note(l.router.ask(turn, "GET", "/members?limit=5", l.owner, nil))
		case 3:
			l.note(l.router.ask(turn, "GET", "/audit-events?limit=5", l.owner, nil))
		case 4:
			email := fmt.Sprintf("written-%d-%d@example.org", i, turn)
			a := l.note(l.router.ask(turn, "POST", "/members", l.owner, map[string]any{"email": email, "full_name": "Written"}))
			if a.status == 201 {
				l.mu.Lock()
				l.written = append(l.written, email)
				l.mu.Unlock()
			}
		case 5:
			if a := l.note(l.router.ask(turn, "POST", "/auth/refresh", "", map[string]any{"refresh_token": who.refresh})); a.status == 200 {
				who.access, who.refresh = a.text("access_token"), a.text("refresh_token")
			}
		case 6:
			l.note(l.router.ask(turn, "POST", "/auth/login", "", map[string]any{"email": member(i), "password": password}))
		}
	}
}

func (l *load) note(a answer) answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers = append(l.answers, a)
	return a
}

// served waits until every kind of request was answered since the call, requires that none of all requests so far failed, and logs
// how many there were.
func (l *load) served(t *testing.T, during string) {
	t.Helper()
	l.mu.Lock()
	first := len(l.answers)
	l.mu.Unlock()
	var answers []answer
	require.Eventually(t, func() bool {
		l.mu.Lock()
		answers = slices.Clone(l.answers)
		l.mu.Unlock()
		kinds := map[string]bool{}
		for _, a := range answers[first:] {
			kinds[a.kind] = true
		}
		return len(kinds) == 6
	}, time.Minute, 10*time.Millisecond)
	for _, a := range answers {
		require.NoError(t, a.err, "%s: %s", during, a.kind)
		require.Contains(t, []int{200, 201}, a.status, "%s: %s: %s", during, a.kind, a.raw)
	}
	slowest := slices.MaxFunc(answers, func(a, b answer) int { return int(a.took - b.took) })
	t.Logf("%s: %d requests so far, none failed; the slowest took %s (%s)",
		during, len(answers), slowest.took.Round(time.Millisecond), slowest.kind)
}

// nothingLost ends the load. It requires that the database has every acknowledged account with its event, and that the newest token of
// each member works.
func (l *load) nothingLost(t *testing.T, database string) {
	t.Helper()
	l.stop()
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	var found int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM users u WHERE email = ANY($1) AND EXISTS (
		SELECT FROM audit_events e WHERE e.org_id = u.org_id AND e.resource_id = u.id::text)`, l.written).Scan(&found))
	require.NotEmpty(t, l.written)
	require.Equal(t, len(l.written), found, "acknowledged accounts that the database has, with their event")
	for _, who := range l.members {
		l.router.renew(t, who)
	}
}
