package bunstore

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// crowded is a store with 100,000 orgs, one of which has 50,000 events. On SQLite a few thousand are enough: without
// statistics its plans are the same for any number.
type crowded struct {
	store   *Store
	org     domain.OrgID
	actor   domain.UserID
	explain string
	shunned string // in the plan of a query that reads much more than it shows
}

var crowding = map[string]struct{ orgs, events, analyze string }{
	"postgres": {
		`INSERT INTO orgs SELECT md5(n::text)::uuid, 'Org ' || n, 'org-' || n,
			CASE n % 10000 WHEN 0 THEN 'suspended' ELSE 'active' END, false, now(), now(), 1 FROM generate_series(1, 100000) n`,
		`INSERT INTO audit_events (org_id, id, at, name, outcome, actor_id, resource_type, resource_id, details, address, user_agent, request_id)
			SELECT ?0::uuid, (left(audit_event_id_at(now() + interval '80 days' - n * interval '1 minute')::text, 13)
				|| substr(gen_random_uuid()::text, 14))::uuid, now() - n * interval '1 minute',
				CASE n % 5000 WHEN 0 THEN 'org.updated' ELSE 'session.signed_in' END, 'success',
			CASE n % 5000 WHEN 1 THEN ?1::uuid ELSE gen_random_uuid() END, 'session',
				CASE n % 5000 WHEN 2 THEN 'the one' ELSE n::text END, '{}', '', '', '' FROM generate_series(1, 50000) n`,
		`ANALYZE orgs, audit_events`,
	},
	"sqlite": {
		`WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 2000)
			INSERT INTO orgs (id, name, slug, status, platform, created_at, updated_at, version)
				SELECT printf('%08x-0000-4000-8000-000000000000', n), 'Org ' || n, 'org-' || n,
				CASE n % 10000 WHEN 0 THEN 'suspended' ELSE 'active' END, 0, '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00', 1 FROM s`,
		`WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 2000)
			INSERT INTO audit_events (org_id, id, at, name, outcome, actor_id, resource_type, resource_id, details, address, user_agent, request_id)
			SELECT ?0, printf('%08x-0000-4000-8000-000000000000', n), datetime('2026-01-01', '-' || n || ' minutes') || '+00:00',
				CASE n % 5000 WHEN 0 THEN 'org.updated' ELSE 'session.signed_in' END, 'success',
			CASE n % 5000 WHEN 1 THEN ?1 ELSE printf('%08x-0000-4000-8000-00000000dead', n) END, 'session',
				CASE n % 5000 WHEN 2 THEN 'the one' ELSE '' || n END, '{}', '', '', '' FROM s`,
		`SELECT 1`, // the service does not gather statistics on SQLite
	},
}

func crowd(t *testing.T, store *Store, c crowded) crowded {
	t.Helper()
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	_, err := store.Migrate(t.Context())
	require.NoError(t, err)
	c.store, c.org, c.actor = store, domain.OrgID(uuid.NewString()), domain.UserID(uuid.NewString())
	db, fill := store.write, crowding[store.dialect.name]
	if store.dialect.name == "postgres" { // the service's own role may not do this
		db = bun.NewDB(asLogin(t, store), store.write.Dialect())
	}
	org, err := domain.NewOrg(c.org, "Crowded", "crowded", time.Now().UTC())
	require.NoError(t, err)
	settings := domain.OrgSettings{UpdatedAt: time.Now()}
	require.NoError(t, store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil }))
	for _, statement := range []string{fill.orgs, fill.events, fill.analyze} {
		_, err = db.NewRaw(statement, c.org, c.actor).Exec(t.Context())
		require.NoError(t, err)
	}
	return c
}

// asLogin returns a pool of connections that have not set the service's role.
func asLogin(t *testing.T, store *Store) *sql.DB {
	t.Helper()
	m, err := store.dialect.migrations()
	require.NoError(t, err)
	t.Cleanup(func() { _ = m.db.Close() })
	return m.db
}

// plan returns the database's plan of the query, in the role and in a unit of work of the service.
func (c crowded) plan(t *testing.T, org domain.OrgID, door string, query func(tx *orgTx) *bun.SelectQuery) string {
	t.Helper()
	var lines []string
	require.NoError(t, c.store.unit(t.Context(), scope{org: org, door: door}, func(unit port.OrgTx) error {
		tx := unit.(*orgTx)
		rows, err := tx.db.QueryContext(t.Context(), c.explain+strings.ReplaceAll(query(tx).String(), "?", "??"))
		require.NoError(t, err)
		defer func() { _ = rows.Close() }()
		columns, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			require.NoError(t, rows.Scan(values...))
			lines = append(lines, fmt.Sprint(*values[len(values)-1].(*any)))
		}
		return rows.Err()
	}))
	plan := partitionIndexes.Replace(partitions.ReplaceAllString(strings.Join(lines, "\n"), "audit_events_"))
	return emptyPartition.ReplaceAllString(plan, "Empty partition")
}

// On PostgreSQL the events of a crowd are in several partitions. Their indexes get the names of those of the whole table.
var (
	partitions       = regexp.MustCompile(`audit_events_(default|before|\d{4}_\d\d)_`)
	emptyPartition   = regexp.MustCompile(`Seq Scan on audit_events_\w+ ae(_\d+)?  \([^)]*\) \((actual rows=0 loops=1|never executed)\)`)
	partitionIndexes = strings.NewReplacer("_actor_id_org_id_at_id_idx", "_by_actor", "_resource_id_org_id_at_id_idx", "_by_resource",
		"_name_org_id_at_id_idx", "_by_name", "_org_id_at_id_idx", "_by_time")
)

// TestListsUseOneIndex checks that every listing of a large table uses one index and reads few rows that it does not return.
func TestListsUseOneIndex(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) crowded{
		"postgres": func(t *testing.T) crowded {
			store, err := OpenPostgres(port.DatabaseURLs{Service: harness.Postgres(t)}, harness.Hooks())
			require.NoError(t, err)
			return crowd(t, store, crowded{explain: "EXPLAIN (ANALYZE, TIMING OFF) ", shunned: `Seq Scan|Rows Removed by Filter: \d{3}`})
		},
		"sqlite": func(t *testing.T) crowded {
			store, err := OpenSQLite(filepath.Join(t.TempDir(), "sole.db"), harness.Hooks())
			require.NoError(t, err)
			return crowd(t, store, crowded{explain: "EXPLAIN QUERY PLAN ", shunned: `TEMP B-TREE|SCAN ae|at<\?\)`})
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			// On PostgreSQL the ids are 80 days later than the events, so that they are in partitions that exist.
			in63Days := fmt.Sprintf("%012x", time.Now().AddDate(0, 0, 63).UnixMilli())
			middleID := domain.EventID(in63Days[:8] + "-" + in63Days[8:] + "-4000-8000-000000000000")
			middle := domain.AuditPlace{At: time.Now().UTC().AddDate(0, 0, -17), ID: middleID}
			for what, q := range map[string]struct {
				filter domain.AuditFilter
				index  string
			}{
				"everything":  {domain.AuditFilter{}, "audit_events_by_time"},
				"by actor":    {domain.AuditFilter{Actor: c.actor}, "audit_events_by_actor"},
				"by resource": {domain.AuditFilter{ResourceType: "session", ResourceID: "the one"}, "audit_events_by_resource"},
				"by action":   {domain.AuditFilter{Action: domain.EventOrgUpdated}, "audit_events_by_name"},
				"by time":     {domain.AuditFilter{From: time.Now().AddDate(0, 0, -20), To: time.Now().AddDate(0, 0, -10)}, "audit_events_by_time"},
			} {
				for _, after := range []domain.AuditPlace{{}, middle} {
					if after.ID == "" && !q.filter.To.IsZero() && name == "sqlite" {
						continue // here at<? is the only bound
					}
					plan := c.plan(t, c.org, "", func(tx *orgTx) *bun.SelectQuery {
						return audit{tx}.listing(new([]auditRow), q.filter, after, 51)
					})
					require.Contains(t, plan, q.index, "%s\n%s", what, plan)
					c.shuns(t, what, plan)
				}
			}
			for what, query := range map[string]func(s auditSeals) *bun.SelectQuery{
				"waiting events":  func(s auditSeals) *bun.SelectQuery { return s.waiting(101) },
				"unsealed events": func(s auditSeals) *bun.SelectQuery { return s.unsealed(new([]auditRow), middle.ID, 200) },
				"the first proof": func(s auditSeals) *bun.SelectQuery {
					return s.selects(new([]proofRow)).OrderExpr("p.position").Limit(1)
				},
			} {
				plan := c.plan(t, c.org, "", func(tx *orgTx) *bun.SelectQuery { return query(auditSeals{tx}) })
				c.shuns(t, what, plan)
			}
			for index, history := range map[string]domain.History{
				"audit_events_by_name":     {Events: []domain.EventName{domain.EventOrgUpdated}, Detail: "name"},
				"audit_events_by_resource": {Events: []domain.EventName{domain.EventOrgUpdated, domain.EventSignedIn}, Resource: "the one"},
			} {
				plan := c.plan(t, c.org, "", func(tx *orgTx) *bun.SelectQuery { return audit{tx}.latest(new(auditRow), history) })
				require.Contains(t, plan, index, plan)
				c.shuns(t, "the last change", plan)
			}
			for what, q := range map[string]struct {
				filter domain.OrgFilter
				index  string
			}{
				"orgs":           {domain.OrgFilter{}, ""},
				"active orgs":    {domain.OrgFilter{Status: domain.StatusActive}, ""},
				"suspended orgs": {domain.OrgFilter{Status: domain.StatusSuspended}, "orgs_by_status"},
			} {
				for _, after := range []domain.OrgID{"", "80000000-0000-4000-8000-000000000000"} {
					plan := c.plan(t, "", doorOrgs, func(tx *orgTx) *bun.SelectQuery { return tx.orgListing(new([]orgRow), q.filter, after, 51) })
					require.Contains(t, plan, q.index, "%s\n%s", what, plan)
					c.shuns(t, what, plan)
				}
			}
		})
	}
}

// shuns checks a plan. On SQLite a filter also reads the events that wait for a seal, and sorts those that match: they are
// the right side of a merge, and few.
func (c crowded) shuns(t *testing.T, what, plan string) {
	t.Helper()
	if indexed, waiting, merged := strings.Cut(plan, "\nRIGHT\n"); merged {
		require.Equal(t, "SEARCH w USING PRIMARY KEY (org_id=?)\nSEARCH e USING PRIMARY KEY (org_id=? AND id=?)\nUSE TEMP B-TREE FOR ORDER BY",
			waiting, what)
		plan = indexed
	}
	require.NotRegexp(t, c.shunned, plan, what)
}
