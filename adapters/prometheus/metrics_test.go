package prometheus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
)

// filled has everything in it that the service can show.
func filled() *Metrics {
	m := New(Build{Version: "v1", Commit: "0123abcd", Go: "go1"})
	m.RequestBegins()
	m.RequestBegins()
	m.RequestEnds("GET", "/api/v1/me", 200, 3*time.Millisecond)
	m.CacheCall("get", time.Millisecond, nil)
	m.CacheCall("get", time.Millisecond, context.Canceled)
	m.CacheCall("get", time.Millisecond, errors.New("away"))
	m.Unreachable("cache", true)
	m.Job("letter", time.Second, nil)
	m.Ready(true)
	m.Routines("audit.seal")
	m.Routine("audit.seal", nil)
	m.Routine("audit.seal", errors.New("away"))
	m.Routine("audit.seal", errors.New("away"))
	m.Event("mfa.enrolled", "success")
	m.SignIn("refused")
	m.Pools(func() []Pool {
		return []Pool{{Name: "writer", InUse: 3, Idle: 4, Max: 10, Waits: 5, Waited: 1500 * time.Millisecond, Failed: 6}}
	})
	m.Hashing(func() Hashing { return Hashing{Running: 2, Waiting: 7, Slots: 2, Refused: 9} })
	m.Traffic(func() Traffic { return Traffic{Connections: 11, MaxRequests: 500, Shed: 12, Refused: 13} })
	m.Queue().Sampled([]Jobs{{Kind: "letter", State: "retryable", Count: 14}}, time.Unix(1_800_000_000, 0))
	return m
}

func show(m *Metrics) string {
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return answer.Body.String()
}

func TestRecordedValuesAreExported(t *testing.T) {
	text := show(filled())
	for _, line := range []string{
		`sole_build_info{commit="0123abcd",goversion="go1",version="v1"} 1`,
		`sole_http_requests_in_flight 1`,
		`sole_http_request_duration_seconds_bucket{method="GET",route="/api/v1/me",status="2xx",le="0.0025"} 0`,
		`sole_http_request_duration_seconds_bucket{method="GET",route="/api/v1/me",status="2xx",le="0.005"} 1`,
		`sole_cache_call_duration_seconds_count{command="get",outcome="ok"} 2`,
		`sole_cache_call_duration_seconds_count{command="get",outcome="error"} 1`,
		`sole_dependency_away{dependency="cache"} 1`,
		`sole_dependency_away{dependency="database"} 0`,
		`sole_job_duration_seconds_count{kind="letter",outcome="ok"} 1`,
		`sole_ready 1`,
		`sole_routine_runs_total{outcome="ok",routine="audit.seal"} 1`,
		`sole_routine_runs_total{outcome="error",routine="audit.seal"} 2`,
		`sole_pool_connections{pool="writer",state="in_use"} 3`,
		`sole_pool_connections{pool="writer",state="idle"} 4`,
		`sole_pool_connections_max{pool="writer"} 10`,
		`sole_pool_waits_total{pool="writer"} 5`,
		`sole_pool_wait_seconds_total{pool="writer"} 1.5`,
		`sole_pool_failures_total{pool="writer"} 6`,
		`sole_hashing_callers{state="running"} 2`,
		`sole_hashing_callers{state="waiting"} 7`,
		`sole_hashing_refused_total 9`,
		`sole_http_connections 11`,
		`sole_http_requests_in_flight_max 500`,
		`sole_http_requests_shed_total 12`,
		`sole_http_connections_refused_total 13`,
		`sole_jobs{kind="letter",state="retryable"} 14`,
		`sole_jobs_sampled_timestamp_seconds 1.8e+09`,
	} {
		require.Contains(t, text, line+"\n")
	}
}

// says is a limiter with one thing to say.
type says struct {
	verdict port.RateVerdict
	err     error
}

func (l says) Take(context.Context, string, port.Rate) (port.RateVerdict, error) {
	return l.verdict, l.err
}

func (l says) Peek(context.Context, string, port.Rate) (port.RateVerdict, error) {
	return l.verdict, l.err
}

type saysOfRequests says

func (l saysOfRequests) Take(string) port.RateVerdict { return l.verdict }

func TestTheLimitersReturnTheSameVerdictsAndCountThem(t *testing.T) {
	m := New(Build{Version: "v1", Commit: "0123abcd", Go: "go1"})
	away := errors.New("away")
	for _, said := range []says{{port.RateVerdict{Allowed: true, Remaining: 3}, nil}, {port.RateVerdict{}, nil}, {port.RateVerdict{}, away}} {
		counted := m.Limiter(said)
		verdict, err := counted.Take(t.Context(), "k", port.Rate{})
		require.Equal(t, said.verdict, verdict)
		require.Equal(t, said.err, err)
		verdict, err = counted.Peek(t.Context(), "k", port.Rate{})
		require.Equal(t, said.verdict, verdict)
		require.Equal(t, said.err, err)
		require.Equal(t, said.verdict, m.RequestLimiter(saysOfRequests(said)).Take("k"))
	}
	for outcome, decisions := range map[string]int{"allowed": 3, "limited": 4, "unavailable": 2} {
		require.Contains(t, show(m), fmt.Sprintf("sole_limiter_decisions_total{outcome=%q} %d\n", outcome, decisions))
	}
}

// TestTheDashboardQueriesExistingMetrics: every metric that grafana.json queries is shown, with
// every label that it filters or groups by.
func TestTheDashboardQueriesExistingMetrics(t *testing.T) {
	raw, err := os.ReadFile("grafana.json")
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(raw, &dashboard))
	text, queries := show(filled()), 0
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			queries++
			for _, metric := range regexp.MustCompile(`[a-z]+_[a-z_]+\{`).FindAllString(target.Expr, -1) {
				line := regexp.MustCompile(`(?m)^` + strings.TrimSuffix(metric, "{") + `[{ ].*$`).FindString(text)
				require.NotEmpty(t, line, "%s: nobody shows %s", panel.Title, metric)
				for _, label := range labels(target.Expr) {
					require.Contains(t, line, label+`="`, "%s: %s", panel.Title, target.Expr)
				}
			}
		}
	}
	require.Greater(t, queries, 30)
}

// labels are those that a query filters or groups by, but for the scraper's own.
func labels(expr string) (found []string) {
	for _, m := range regexp.MustCompile(`(\w+)=~?"`).FindAllStringSubmatch(expr, -1) {
		found = append(found, m[1])
	}
	for _, m := range regexp.MustCompile(`by \(([^)]*)\)`).FindAllStringSubmatch(expr, -1) {
		found = append(found, strings.Split(m[1], ", ")...)
	}
	kept := found[:0]
	for _, label := range found {
		if label != "instance" {
			kept = append(kept, label)
		}
	}
	return kept
}
