package bench

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
)

// population is how much a database holds besides what is asked for.
type population struct{ accounts, orgs int }

var few, many = population{1_000, 10}, population{1_000_000, 100_000}

// BenchmarkCrowd tells how much more a call costs in an org of 1,000,000 accounts among
// 100,000 orgs than in one of 1,000 among ten. The two take turns, call by call, and medians
// are compared.
func BenchmarkCrowd(b *testing.B) {
	small, large := populate(b, few), populate(b, many)
	for _, call := range []struct{ name, method, path, body string }{
		{"me", "GET", "/me", ""},
		{"sign-in", "POST", "/auth/login", fmt.Sprintf(`{"email":"signs-in-0@example.org","password":%q}`, memberPassword)},
		{"members-page", "GET", "/members", ""},
		{"members-search", "GET", "/members?q=name9+per", ""},
		{"members-of-role", "GET", "/members?role=member", ""},
		{"members-suspended", "GET", "/members?status=suspended", ""},
	} {
		b.Run(call.name, func(b *testing.B) {
			var fast, slow []time.Duration
			for b.Loop() {
				fast = append(fast, small.time(b, call.method, call.path, call.body))
				slow = append(slow, large.time(b, call.method, call.path, call.body))
			}
			slices.Sort(fast)
			slices.Sort(slow)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(fast[len(fast)/2].Microseconds()), "few-µs")
			b.ReportMetric(float64(slow[len(slow)/2].Microseconds()), "many-µs")
			b.ReportMetric(float64(slow[len(slow)/2])/float64(fast[len(fast)/2]), "many/few")
		})
	}
}

// crowd is a running service with a full database.
type crowd struct{ url, token string }

func (c crowd) time(b *testing.B, method, path, body string) time.Duration {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), method, c.url+path, strings.NewReader(body))
	require.NoError(b, err)
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	started := time.Now()
	response, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	require.NoError(b, response.Body.Close())
	require.Equal(b, http.StatusOK, response.StatusCode, path)
	return time.Since(started)
}

func populate(b *testing.B, p population) crowd {
	b.Helper()
	config := configure(b)
	tokens := make([]string, 4) // of an admin first
	me := startService(b, config, tokens)
	addMembers(b, config)
	crowdIn(b, config, p)
	return crowd{strings.TrimSuffix(me, "/me"), tokens[0]}
}

// crowdIn writes the accounts as the database's own login, to whom no row is hidden.
func crowdIn(b *testing.B, config bootstrap.Config, p population) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), config.DatabaseURL)
	require.NoError(b, err)
	defer func() { require.NoError(b, conn.Close(b.Context())) }()
	_, err = conn.Exec(b.Context(), "SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB'") // what is written holds together
	require.NoError(b, err)
	for _, statement := range []string{
		`INSERT INTO orgs SELECT gen_random_uuid(), 'Org ' || n, 'org-' || n, 'active', false, now(), now(), 1 FROM generate_series(1, $2::int) n WHERE $1::uuid IS NOT NULL`,
		`INSERT INTO org_settings SELECT o.id, false, '[]', 30, 30, true, true, 12, 180, 0, 'en', 1, now() FROM orgs o WHERE o.id <> $1 AND $2::int >= 0`,
		`INSERT INTO roles SELECT o.id, gen_random_uuid(), named, '', true, '[]', now(), 1 FROM orgs o, unnest(ARRAY['owner', 'member']) named WHERE o.id <> $1 AND $2::int >= 0`,
		`INSERT INTO users SELECT o.id, gen_random_uuid(), 'owner@example.org', 'owner@example.org', 'Owner', 'active', 'x', false, now(), now(), now(), now(), 1 FROM orgs o WHERE o.id <> $1 AND $2::int >= 0`,
		`INSERT INTO users SELECT $1, gen_random_uuid(), 'person' || n || '@example.org', 'person' || n || '@example.org', 'Person Name' || n, CASE n % 10 WHEN 0 THEN 'suspended' ELSE 'active' END,
			'x', false, now(), now(), now(), now(), 1 FROM generate_series(1, $2::int) n`,
		`INSERT INTO user_roles SELECT r.org_id, u.id, r.id FROM roles r JOIN users u ON u.org_id = r.org_id WHERE r.name = 'member' AND u.full_name <> 'Owner' AND $1::uuid IS NOT NULL AND $2::int >= 0 ON CONFLICT DO NOTHING`,
		`INSERT INTO user_words SELECT u.org_id, word, u.id FROM users u, unnest(ARRAY['example', 'org', 'person', lower(split_part(u.full_name, ' ', 2)), split_part(u.email, '@', 1)]) word WHERE u.org_id = $1 AND u.email LIKE 'person%' AND $2::int >= 0`,
		`INSERT INTO user_words SELECT u.org_id, word, u.id FROM users u, unnest(ARRAY['example', 'org', 'owner']) word WHERE u.org_id <> $1 AND $2::int >= 0`,
	} {
		size := p.accounts
		if strings.HasPrefix(statement, "INSERT INTO orgs") {
			size = p.orgs
		}
		_, err := conn.Exec(b.Context(), statement, config.DefaultOrgID, size)
		require.NoError(b, err, statement)
	}
	_, err = conn.Exec(b.Context(), "VACUUM ANALYZE")
	require.NoError(b, err)
}
