package e2e

import (
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/test/harness"
	"github.com/sole-platform/sole/test/inprocess"
)

// observed starts a service with an operations listener and returns the URL of the listener.
func observed(t *testing.T, d inprocess.Deployment, adjust func(*bootstrap.Config)) (*service, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	s := start(t, d, func(c *bootstrap.Config) {
		c.MetricsAddr = address
		if adjust != nil {
			adjust(c)
		}
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", address)
		return err == nil && conn.Close() == nil
	}, 10*time.Second, 10*time.Millisecond)
	return s, "http://" + address
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := httpClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, 200, response.StatusCode, string(text))
	return string(text)
}

// sample returns the value of a series in the text of /metrics, or -1 if it is missing.
func sample(exposition, series string) float64 {
	for line := range strings.SplitSeq(exposition, "\n") {
		if value, found := strings.CutPrefix(line, series+" "); found {
			number, _ := strconv.ParseFloat(value, 64)
			return number
		}
	}
	return -1
}

func TestMetricsCountEventsWithoutPersonalData(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			s, operators := observed(t, d, func(c *bootstrap.Config) { c.RequestsPerMinute = 1000 })
			owner := s.signIn(t, s.enroll(t))
			s.post(t, "/auth/login", credentials(canary+"@example.org", canary)).is(401, "invalid_credentials")
			s.get(t, "/me", owner.access).is(200, "")
			s.call(t, "GET", "/nobody/"+canary, nil).is(404, "not_found")
			s.post(t, "/auth/password/forgot", map[string]any{"email": ownerEmail}).is(202, "")

			var text string
			require.Eventually(t, func() bool {
				text = fetch(t, operators+"/metrics")
				return sample(text, `sole_job_duration_seconds_count{kind="letter",outcome="ok"}`) >= 1
			}, 20*time.Second, 100*time.Millisecond)
			for series, want := range map[string]float64{
				`sole_http_request_duration_seconds_count{method="GET",route="/api/v1/me",status="2xx"}`:          1,
				`sole_http_request_duration_seconds_count{method="POST",route="/api/v1/auth/login",status="2xx"}`: 2,
				`sole_http_request_duration_seconds_count{method="POST",route="/api/v1/auth/login",status="4xx"}`: 1,
				`sole_http_request_duration_seconds_count{method="GET",route="none",status="4xx"}`:                1,
				`sole_http_requests_in_flight`:                                                   0,
				`sole_http_requests_in_flight_max`:                                               4000,
				`sole_http_requests_shed_total`:                                                  0,
				`sole_sign_ins_total{outcome="authenticated"}`:                                   2,
				`sole_sign_ins_total{outcome="mfa_enrollment_required"}`:                         1,
				`sole_sign_ins_total{outcome="mfa_required"}`:                                    1,
				`sole_sign_ins_total{outcome="refused"}`:                                         1,
				`sole_sign_ins_total{outcome="locked"}`:                                          0,
				`sole_audit_events_total{event="mfa.enrolled",outcome="success"}`:                1,
				`sole_audit_events_total{event="session.sign_in_refused",outcome="failure"}`:     1,
				`sole_hashing_callers{state="waiting"}`:                                          0,
				`sole_hashing_refused_total`:                                                     0,
				`sole_limiter_decisions_total{outcome="unavailable"}`:                            0,
				`sole_build_info{commit="",goversion="` + runtime.Version() + `",version="dev"}`: 1,
			} {
				require.Equal(t, want, sample(text, series), "%s in\n%s", series, text)
			}
			for _, series := range []string{
				`sole_pool_connections_max{pool="writer"}`, `sole_limiter_decisions_total{outcome="allowed"}`,
				`sole_http_connections`, `sole_jobs_sampled_timestamp_seconds`, `go_goroutines`, `process_resident_memory_bytes`,
			} {
				require.Positive(t, sample(text, series), series)
			}
			if d.Name != "embedded" {
				require.Positive(t, sample(text, `sole_cache_call_duration_seconds_count{command="evalsha",outcome="ok"}`))
				require.Positive(t, sample(text, `sole_pool_connections{pool="cache",state="idle"}`))
			}
			for _, secret := range []string{canary, ownerEmail, "@", string(s.app.Config.DefaultOrgID), "127.0.0.1"} {
				require.NotContains(t, text, secret)
			}
			require.NotRegexp(t, `[0-9a-f]{8}-[0-9a-f]{4}-`, text, "no id is a label")
			for _, path := range []string{"/metrics", "/log-level", "/debug/pprof/"} {
				s.call(t, "GET", path, nil).is(404, "not_found")
			}
		})
	}
}

func TestMetricsReportUnavailableDependencies(t *testing.T) {
	t.Parallel()
	servers := map[string]*harness.PrivateServer{"database": harness.NewPostgresServer(t), "cache": harness.NewRedisServer(t)}
	s, operators := observed(t, inprocess.Deployment{Name: "private servers", URLs: func(*testing.T) (string, string) {
		return servers["database"].URL(), servers["cache"].URL()
	}}, func(c *bootstrap.Config) { c.RequestsPerMinute = 100_000 })
	member := s.member(t)
	for dependency, server := range servers {
		reports := func(away float64) {
			t.Helper()
			require.Eventually(t, func() bool {
				s.get(t, "/me", member.access) // a request detects the outage
				return sample(fetch(t, operators+"/metrics"), fmt.Sprintf("sole_dependency_away{dependency=%q}", dependency)) == away
			}, 10*time.Second, 50*time.Millisecond, "%s, %v", dependency, away)
		}
		reports(0)
		server.Stop(t)
		reports(1)
		server.Start(t)
		reports(0)
	}
}

// TestTheDashboardQueriesExistingMetrics reads the names of the metrics in the dashboard and finds each in
// /metrics.
func TestTheDashboardQueriesExistingMetrics(t *testing.T) {
	t.Parallel()
	s, operators := observed(t, onServers, func(c *bootstrap.Config) { c.RequestsPerMinute = 1000 })
	s.enroll(t)
	s.post(t, "/auth/password/forgot", map[string]any{"email": ownerEmail}).is(202, "")
	dashboard, err := os.ReadFile("../../adapters/prometheus/grafana.json")
	require.NoError(t, err)
	asked := map[string]bool{}
	for _, name := range regexp.MustCompile(`\b(?:sole|go|process)_[a-z_]+`).FindAllString(string(dashboard), -1) {
		asked[name] = true
	}
	require.Greater(t, len(asked), 15)
	var missing []string
	require.Eventually(t, func() bool {
		text := fetch(t, operators+"/metrics")
		missing = nil
		for name := range asked {
			if !regexp.MustCompile(`(?m)^` + name + `[ {]`).MatchString(text) {
				missing = append(missing, name)
			}
		}
		return len(missing) == 0 || slices.Equal(missing, []string{"sole_jobs"}) // an empty queue has no jobs
	}, 30*time.Second, 200*time.Millisecond)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("missing:", missing)
		}
	})
}

func TestTheLogLevelChangesAtRunTime(t *testing.T) {
	t.Parallel()
	s, operators := observed(t, deployments[0], nil)
	put := func(level string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, operators+"/log-level", strings.NewReader(level))
		require.NoError(t, err)
		response, err := httpClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	lines := func() int { return strings.Count(s.log.String(), `"msg":"request"`) }
	ask := func() { s.call(t, "GET", "/api/v1/health/live", nil).is(200, "") }
	require.Equal(t, "info\n", fetch(t, operators+"/log-level"))
	ask()
	require.Equal(t, 1, lines())
	require.Equal(t, 200, put("error"))
	ask()
	require.Equal(t, 1, lines(), "requests are logged at info")
	s.enroll(t)
	require.Contains(t, s.log.String(), `"log":"audit"`, "audit events are logged at every level")
	require.Equal(t, 422, put(canary))
	require.Equal(t, "error\n", fetch(t, operators+"/log-level"))
	require.Equal(t, 200, put("debug\n"))
	ask()
	require.Equal(t, 2, lines())
}

func TestProfilesAreServedToOperators(t *testing.T) {
	t.Parallel()
	_, operators := observed(t, deployments[0], nil)
	require.Contains(t, fetch(t, operators+"/debug/pprof/goroutine?debug=1"), "goroutine profile")
	require.NotEmpty(t, fetch(t, operators+"/debug/pprof/heap"))
}

// otlp is a fake OpenTelemetry collector.
type otlp struct {
	mu    sync.Mutex
	spans []*tracev1.Span
}

func newOTLP(t *testing.T) (*otlp, string) {
	t.Helper()
	c := &otlp{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			body, _ = gzip.NewReader(r.Body)
		}
		raw, err := io.ReadAll(body)
		var sent collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(raw, &sent) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, resource := range sent.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(server.Close)
	return c, server.URL
}

// of returns the spans of a trace, and their text.
func (c *otlp) of(trace string) (spans []*tracev1.Span, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, span := range c.spans {
		if hex.EncodeToString(span.TraceId) == trace {
			spans = append(spans, span)
			text += prototext.Format(span) + "\n"
		}
	}
	return spans, text
}

func (c *otlp) everything() (text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, span := range c.spans {
		text += prototext.Format(span) + "\n"
	}
	return text
}

func named(spans []*tracev1.Span, attribute, value string) (found []*tracev1.Span) {
	for _, span := range spans {
		for _, a := range span.Attributes {
			if a.Key == attribute && a.Value.GetStringValue() == value {
				found = append(found, span)
			}
		}
	}
	return found
}

func TestASignInIsOneTraceWithItsStatementsAndCalls(t *testing.T) {
	t.Parallel()
	c, endpoint := newOTLP(t)
	s := start(t, onServers, func(c *bootstrap.Config) { c.TraceEndpoint, c.RequestsPerMinute = endpoint, 1000 })
	owner := s.enroll(t)
	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	s.challenge(t, "mfa_required", "Traceparent", "00-"+trace+"-"+parent+"-01")
	const forgotten = "1af7651916cd43dd8448eb211c80319c"
	s.post(t, "/auth/password/forgot", map[string]any{"email": ownerEmail}, "Traceparent", "00-"+forgotten+"-"+parent+"-01").is(202, "")
	s.get(t, "/me", owner.access).is(200, "")
	require.Eventually(t, func() bool { return jobWorked(c, forgotten) }, 20*time.Second, 50*time.Millisecond)
	s.stop() // sends the remaining spans

	spans, text := c.of(trace)
	served := named(spans, "http.route", "/api/v1/auth/login")
	require.Len(t, served, 1, text)
	require.Equal(t, "POST /api/v1/auth/login", served[0].Name)
	require.Equal(t, parent, hex.EncodeToString(served[0].ParentSpanId), "the span continues the trace of the client")
	statements, calls := named(spans, "db.system.name", "postgresql"), named(spans, "db.system.name", "redis")
	require.GreaterOrEqual(t, len(statements), 8, text)
	require.GreaterOrEqual(t, len(calls), 2, text)
	for _, span := range append(statements, calls...) {
		require.Equal(t, served[0].SpanId, span.ParentSpanId, span.Name)
		require.Regexp(t, `^[A-Za-z]+( [a-z_]+)?$`, span.Name, "a verb and a table, or a command, without values")
	}
	require.Len(t, spans, 1+len(statements)+len(calls))

	_, mailed := c.of(forgotten)
	require.Contains(t, mailed, `"job letter"`, "the job continues the trace of the request that enqueued it")
	require.Contains(t, c.everything(), `"SELECT principal"`)
	for _, secret := range []string{
		ownerEmail, "example.org", ownerPassword, owner.access, owner.refresh, owner.secret, owner.recoveryCodes[0],
		string(s.app.Config.DefaultOrgID), "127.0.0.1",
	} {
		require.NotContains(t, c.everything(), secret)
	}
	require.Regexp(t, `"msg":"request".*"route":"/api/v1/auth/login".*"trace_id":"`+trace+`"`, s.log.String())
}

func jobWorked(c *otlp, trace string) bool {
	_, text := c.of(trace)
	return strings.Contains(text, `"job letter"`)
}

func TestAnUnreachableCollectorChangesNothing(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], func(config *bootstrap.Config) { config.TraceEndpoint = "http://127.0.0.1:1" })
	owner := s.enroll(t)
	s.get(t, "/me", owner.access).is(200, "")
	s.call(t, "GET", "/api/v1/health/live", nil, "Traceparent", "garbage-"+canary).is(200, "")
	s.stop()
	require.NotContains(t, s.log.String(), canary)
}

func TestWithoutAnEndpointNothingIsTraced(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	s.call(t, "GET", "/api/v1/health/live", nil, "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").is(200, "")
	require.NotContains(t, s.log.String(), "trace_id")
	require.NotContains(t, s.log.String(), "0af7651916cd43dd8448eb211c80319c")
}

// TestSIGHUPReloadsTheLogLevel runs the binary and edits its settings file.
func TestSIGHUPReloadsTheLogLevel(t *testing.T) {
	t.Parallel()
	path := binary(t)
	port, operators := freePort(t), freePort(t)
	file := func(level string) []string {
		return []string{"HOST=127.0.0.1", "PORT=" + port, "METRICS_ADDR=127.0.0.1:" + operators, "LOG_LEVEL=" + level}
	}
	settings, stdout := envFile(t, file("warn")...), &syncedBuffer{}
	command := exec.Command(path, "serve", "--env-file", settings)
	command.Dir, command.Stdout, command.Env = t.TempDir(), stdout, []string{"PATH=" + os.Getenv("PATH")}
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	level := func() string {
		response, err := httpClient.Get("http://127.0.0.1:" + operators + "/log-level")
		if err != nil {
			return ""
		}
		defer func() { _ = response.Body.Close() }()
		text, _ := io.ReadAll(response.Body)
		return string(text)
	}
	require.Eventually(t, func() bool { return level() == "warn\n" }, 30*time.Second, 20*time.Millisecond)
	hangUp := func(level string) {
		require.NoError(t, os.WriteFile(settings, []byte(strings.Join(file(level), "\n")+"\n"), 0o600))
		require.NoError(t, command.Process.Signal(syscall.SIGHUP))
	}
	hangUp("debug")
	require.Eventually(t, func() bool { return level() == "debug\n" }, 10*time.Second, 20*time.Millisecond)
	hangUp(canary)
	require.Eventually(t, func() bool { return strings.Contains(stdout.String(), "was not changed") }, 10*time.Second, 20*time.Millisecond)
	require.Equal(t, "debug\n", level())
	require.NotContains(t, stdout.String(), canary)
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, command.Wait())
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}
