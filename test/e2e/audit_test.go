package e2e

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// appendEvents appends n audit events to the default org.
func (s *service) appendEvents(t *testing.T, n int, adjust func(i int, e *domain.AuditEvent)) {
	t.Helper()
	s.inOrg(t, func(tx port.OrgTx) {
		for i := range n {
			event := domain.AuditEvent{
				ID:           domain.EventID(uuid.NewString()),
				At:           s.clock.Now().Add(-time.Duration(i/3) * time.Second),
				Name:         domain.EventProfileUpdated,
				Outcome:      domain.OutcomeSuccess,
				ResourceType: "account",
				ResourceID:   fmt.Sprint("planted-", i),
			}
			adjust(i, &event)
			require.NoError(t, tx.Audit().Append(t.Context(), event))
		}
	})
}

func unchanged(int, *domain.AuditEvent) {}

func (s *service) events(t *testing.T, who account, query string) answer {
	t.Helper()
	return s.as(t, who, "GET", "/audit-events"+query, nil)
}

func ids(items any) (all []string) {
	for _, item := range items.([]any) {
		all = append(all, item.(map[string]any)["id"].(string))
	}
	return all
}

func TestAuditEventsArePagedNewestFirst(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.appendEvents(t, 120, unchanged)
		const planted = "action=account.profile_updated"
		all := ids(s.events(t, owner, "?limit=200&"+planted).is(200, "").at("items"))
		require.Len(t, all, 120)
		require.Len(t, s.events(t, owner, "?"+planted).is(200, "").at("items"), 50, "the default")
		var paged []string
		last := time.Now().AddDate(100, 0, 0)
		for query := "?limit=7&" + planted; ; {
			page := s.events(t, owner, query).is(200, "")
			for _, item := range page.at("items").([]any) {
				at, err := time.Parse(time.RFC3339Nano, item.(map[string]any)["created_at"].(string))
				require.NoError(t, err)
				require.False(t, at.After(last))
				last = at
			}
			paged = append(paged, ids(page.at("items"))...)
			if page.at("next_cursor") == nil {
				break
			}
			s.appendEvents(t, 1, func(_ int, e *domain.AuditEvent) { e.At = s.clock.Now().Add(time.Hour) }) // newer: not on any page
			query = "?limit=7&" + planted + "&cursor=" + page.text("next_cursor")
		}
		require.Equal(t, all, paged)
	})
}

func TestAnEventHasAllItsFields(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		id := s.get(t, "/me", owner.access).text("id")
		agent := owner.with("User-Agent", "agent/1", "X-Request-Id", "request-0001")
		s.as(t, agent, "PATCH", "/me", map[string]any{"full_name": "Someone Else"}).is(200, "")
		shown := s.events(t, owner, "?action=account.profile_updated").is(200, "").at("items").([]any)
		require.Len(t, shown, 1)
		event := shown[0].(map[string]any)
		at, err := time.Parse(time.RFC3339Nano, event["created_at"].(string))
		require.NoError(t, err)
		require.WithinDuration(t, s.clock.Now(), at, time.Minute)
		delete(event, "created_at")
		require.NotEmpty(t, event["id"])
		delete(event, "id")
		require.Equal(t, map[string]any{
			"action": "account.profile_updated", "outcome": "success", "actor_id": id, "actor_type": "account", "actor_org_id": nil,
			"resource_type": "account", "resource_id": id, "details": map[string]any{"full_name": "Owner -> Someone Else"},
			"ip": "127.0.0.1", "user_agent": "agent/1", "request_id": "request-0001",
		}, event)
	})
}

func TestAuditEventsAreFiltered(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		id := s.get(t, "/me", owner.access).text("id")
		began := s.clock.Now().Add(-time.Hour).Truncate(time.Second)
		s.appendEvents(t, 10, func(i int, e *domain.AuditEvent) {
			e.At, e.ResourceType = began.Add(time.Duration(i)*time.Second), "planted"
		})
		count := func(query string) int { return len(s.events(t, owner, query).is(200, "").at("items").([]any)) }
		require.Equal(t, 10, count("?resource_type=planted"))
		require.Equal(t, 1, count("?resource_type=planted&resource_id=planted-4"))
		require.Equal(t, 0, count("?resource_type=account&resource_id=planted-4"))
		require.Equal(t, 1, count("?actor_id="+id+"&action=session.signed_in"))
		require.Equal(t, 1, count("?actor_id="+strings.ToUpper(id)+"&action=session.signed_in"))
		require.Equal(t, 0, count("?actor_id="+nobody))
		require.Equal(t, 0, count("?action=no.such"))
		at := func(seconds int, zone *time.Location) string {
			return url.QueryEscape(began.Add(time.Duration(seconds) * time.Second).In(zone).Format(time.RFC3339Nano))
		}
		require.Equal(t, 6, count("?resource_type=planted&from="+at(4, time.UTC)))
		require.Equal(t, 4, count("?resource_type=planted&to="+at(4, time.UTC)))
		require.Equal(t, 3, count("?resource_type=planted&from="+at(4, time.FixedZone("", 3600))+"&to="+at(7, time.FixedZone("", -7*3600))))
		require.Equal(t, 0, count("?resource_type=planted&from="+at(7, time.UTC)+"&to="+at(4, time.UTC)))
		for _, wrong := range []string{
			"actor_id=x", "from=yesterday", "to=2026-13-01T00:00:00Z", "from=0000-01-01T00:00:00Z", "from=9999-12-31T23:59:59-12:00",
			"action=%00", "resource_id=%ff", "resource_type=a%0ab", "resource_id=" + strings.Repeat("x", 201), "limit=0", "limit=201", "limit=all",
		} {
			a := s.events(t, owner, "?"+wrong).is(422, "invalid")
			require.Equal(t, "query."+wrong[:strings.Index(wrong, "=")], a.at("errors").([]any)[0].(map[string]any)["location"], wrong)
		}
	})
}

func TestACursorWithAnotherFilterIsRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.appendEvents(t, 5, func(_ int, e *domain.AuditEvent) { e.ResourceType = "planted" })
		cursor := s.events(t, owner, "?limit=2&resource_type=planted").is(200, "").text("next_cursor")
		require.Len(t, s.events(t, owner, "?limit=200&resource_type=planted&cursor="+cursor).is(200, "").at("items"), 3,
			"a page can have another length")
		for _, query := range []string{
			"?cursor=" + cursor, "?resource_type=session&cursor=" + cursor, "?resource_type=planted&action=x.y&cursor=" + cursor,
			"?resource_type=planted&cursor=" + cursor[1:],
			"?resource_type=planted&cursor=" + cursor[:len(cursor)-2], "?resource_type=planted&cursor=" + cursor + "%0A",
			"?resource_type=planted&cursor=" + strings.ToLower(cursor),
			"?resource_type=planted&cursor=" + nobody, "?resource_type=planted&cursor=%00",
		} {
			a := s.events(t, owner, query).is(422, "invalid")
			require.Equal(t, "query.cursor", a.at("errors").([]any)[0].(map[string]any)["location"], query)
		}
		s.events(t, owner, "?resource_type=planted&cursor=").is(200, "")
	})
}

func TestReplicasAcceptEachOthersCursors(t *testing.T) {
	t.Parallel()
	one, two := twoReplicas(t, nil)
	owner := one.enroll(t)
	cursor := one.events(t, owner, "?limit=1").is(200, "").text("next_cursor")
	two.events(t, owner, "?limit=1&cursor="+cursor).is(200, "")
}

func TestReadingAuditEventsIsAudited(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		id := s.get(t, "/me", owner.access).text("id")
		first := s.events(t, owner, "?resource_type=account&actor_id="+id).is(200, "")
		require.NotContains(t, first.raw, "audit.read", "a read does not list itself")
		s.as(t, owner, "GET", "/audit-events/export?format=csv&action=org.created", nil).is(200, "")
		s.events(t, owner, "?actor_id=x").is(422, "invalid")
		read := s.events(t, owner, "?action=audit.read").is(200, "").at("items").([]any)
		require.Len(t, read, 1, "one event for each request that was not refused")
		require.Equal(t, map[string]any{"resource_type": "account", "actor_id": id}, read[0].(map[string]any)["details"])
		require.Equal(t, id, read[0].(map[string]any)["actor_id"])
		exported := s.events(t, owner, "?action=audit.exported").is(200, "").at("items").([]any)
		require.Len(t, exported, 1)
		require.Equal(t, map[string]any{"action": "org.created", "format": "csv"}, exported[0].(map[string]any)["details"])
	})
}

func TestOnlyAuditorsReadAuditEvents(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, who := s.enroll(t), s.member(t)
		s.advance()
		for _, path := range []string{"/audit-events", "/audit-events/export?format=csv"} {
			s.as(t, who, "GET", path, nil).is(403, "permission_denied")
			s.call(t, "GET", "/api/v1"+path, nil).is(401, "unauthenticated")
		}
		s.give(t, memberEmail, domain.RoleAuditor)
		s.events(t, who, "").is(200, "")
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} { // nobody writes or removes events
			s.as(t, owner, method, "/audit-events", map[string]any{}).is(405, "bad_request")
		}
		s.as(t, owner, "DELETE", "/audit-events/"+nobody, nil).is(404, "not_found")

		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"mfa_required_actions": []string{"data.export"}}).is(200, "")
		export := func(who account, headers ...string) answer {
			return s.as(t, who.with(headers...), "GET", "/audit-events/export?format=ndjson", nil)
		}
		export(owner).is(401, "step_up_required")
		export(who).is(403, "mfa_enrollment_required")
		export(owner, "X-Step-Up-Token", s.stepUp(t, owner, "data.export")).is(200, "")
		s.events(t, who, "").is(200, "")
		for _, query := range []string{"", "?format=", "?format=xml", "?format=csv&actor_id=x"} {
			s.as(t, owner.with("X-Step-Up-Token", s.stepUp(t, owner, "data.export")), "GET", "/audit-events/export"+query, nil).is(422, "invalid")
		}
	})
}

func TestAnExportContainsTheListedEvents(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		formulas := owner.with("User-Agent", "=HYPERLINK(\"http://x\")", "X-Request-Id", "-2-3-4-5-6")
		s.as(t, formulas, "PATCH", "/me", map[string]any{"full_name": "=1+1"}).is(200, "")
		s.appendEvents(t, 3, func(i int, e *domain.AuditEvent) { e.ResourceID = []string{"@cmd", "+1", "a,\"b\"\r\nc"}[i] })
		listed := s.events(t, owner, "?limit=200&action=account.profile_updated").is(200, "").at("items").([]any)
		require.Len(t, listed, 4)

		lines := s.as(t, owner, "GET", "/audit-events/export?format=ndjson&action=account.profile_updated", nil).is(200, "")
		require.Equal(t, "application/x-ndjson", lines.header.Get("Content-Type"))
		require.Equal(t, `attachment; filename="audit-events.ndjson"`, lines.header.Get("Content-Disposition"))
		require.Equal(t, "no-store", lines.header.Get("Cache-Control"))
		var exported []any
		for line := range strings.SplitSeq(strings.TrimSuffix(lines.raw, "\n"), "\n") {
			var event map[string]any
			require.NoError(t, json.Unmarshal([]byte(line), &event))
			require.Contains(t, event, "sealed")
			delete(event, "sealed")
			exported = append(exported, event)
		}
		require.Equal(t, listed, exported)

		table := s.as(t, owner, "GET", "/audit-events/export?format=csv&action=account.profile_updated", nil).is(200, "")
		require.Equal(t, "text/csv; charset=utf-8; header=present", table.header.Get("Content-Type"))
		rows, err := csv.NewReader(strings.NewReader(table.raw)).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 5)
		require.Equal(t, "id,created_at,action,outcome,actor_id,actor_org_id,resource_type,resource_id,details,ip,user_agent,"+
			"request_id,actor_type",
			strings.Join(rows[0], ","))
		var cells []string
		for i, row := range rows[1:] {
			require.Equal(t, listed[i].(map[string]any)["id"], row[0])
			cells = append(cells, row...)
		}
		for _, escaped := range []string{"'@cmd", "'+1", "'=HYPERLINK(\"http://x\")", "'-2-3-4-5-6", "a,\"b\"\nc"} {
			require.Contains(t, cells, escaped)
		}
		for _, cell := range cells {
			require.NotRegexp(t, `^[=+\-@\t\r]`, cell)
		}

		for format, want := range map[string]string{"ndjson": "", "csv": strings.Join(rows[0], ",") + "\r\n"} {
			require.Equal(t, want, s.as(t, owner, "GET", "/audit-events/export?action=no.such&format="+format, nil).is(200, "").raw)
		}
	})
}

// liveHeap returns the bytes of memory in use. It takes the least of several measurements, because
// everything allocated during a collection counts, garbage or not.
func liveHeap() int64 {
	least := int64(math.MaxInt64)
	for range 5 {
		time.Sleep(50 * time.Millisecond) // until the writer has filled the buffers
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		least = min(least, int64(stats.HeapAlloc))
	}
	return least
}

// TestALargeExportTakesLittleMemory measures memory during an export of about 40 MB. Neither the client
// nor the service may hold more than a page or two.
func TestALargeExportTakesLittleMemory(t *testing.T) {
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) { exportInLittleMemory(t, start(t, d, nil)) }) // not parallel: the memory is shared
	}
}

func exportInLittleMemory(t *testing.T, s *service) {
	t.Helper()
	const events = 10_000
	owner := s.enroll(t)
	long := strings.Repeat("x", 2000)
	s.appendEvents(t, events, func(i int, e *domain.AuditEvent) {
		e.Details = map[string]string{"long": long}
		e.At = s.clock.Now().Add(-time.Duration(i) * time.Millisecond)
	})
	_, err := s.app.Sealing().Execute(t.Context()) // now, so that it does not add to the measured memory
	require.NoError(t, err)
	before := liveHeap()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		s.url+"/api/v1/audit-events/export?format=ndjson&action=account.profile_updated", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+owner.access)
	response, err := httpClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(t, 200, response.StatusCode)
	require.EqualValues(t, -1, response.ContentLength)

	reader, seen, most, size := bufio.NewReader(response.Body), map[string]bool{}, int64(0), 0
	for n := 0; ; n++ {
		line, err := reader.ReadSlice('\n')
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		size += len(line)
		var event struct{ ID string }
		require.NoError(t, json.Unmarshal(line, &event))
		seen[event.ID] = true
		if n%2500 == 1250 {
			most = max(most, liveHeap()-before)
		}
	}
	require.Len(t, seen, events)
	require.Greater(t, size, 20<<20)
	require.Less(t, most, int64(12<<20), "%d MB in use", most>>20)
}
