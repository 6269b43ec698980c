package e2e

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
)

// browse requests a page as a browser does, and returns the answer without following a redirect.
func (s *service) browse(t *testing.T, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	require.NoError(t, err)
	request.Header.Set("Accept", "text/html")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(text)
}

var asset = regexp.MustCompile(`/assets/app\.[0-9a-f]+\.css`)

func TestPagesAreObservedByTheirPatterns(t *testing.T) {
	t.Parallel()
	c, endpoint := newOTLP(t)
	s, operators := observed(t, onServers, func(c *bootstrap.Config) {
		c.TraceEndpoint, c.RequestsPerMinute, c.PublicURL = endpoint, 1000, "http://localhost:8000"
	})
	owner := s.enroll(t)
	session := []string{"Cookie", "sole_session=" + owner.access + "~" + owner.refresh}
	const trace = "0af7651916cd43dd8448eb211c80319c"
	event := uuid.NewString()
	traced := append(session, "Traceparent", "00-"+trace+"-b7ad6b7169203331-01")
	response, text := s.browse(t, "/console/audit/"+event+"?q="+canary, traced...)
	require.Equal(t, 404, response.StatusCode, text)
	response, text = s.browse(t, "/console/audit?resource_id="+canary, session...)
	require.Equal(t, 200, response.StatusCode, text)
	response, _ = s.browse(t, "/console/audit/"+canary)
	require.Equal(t, 303, response.StatusCode)
	response, _ = s.browse(t, "/reset-password?token="+canary)
	require.Less(t, response.StatusCode, 500)
	response, _ = s.browse(t, "/"+canary)
	require.Equal(t, 404, response.StatusCode)
	_, text = s.browse(t, "/sign-in")
	response, _ = s.browse(t, asset.FindString(text))
	require.Equal(t, 200, response.StatusCode)

	metrics := fetch(t, operators+"/metrics")
	for series, want := range map[string]float64{
		`sole_http_request_duration_seconds_count{method="GET",route="/console/audit/:id",status="3xx"}`: 1,
		`sole_http_request_duration_seconds_count{method="GET",route="/console/audit/:id",status="4xx"}`: 1,
		`sole_http_request_duration_seconds_count{method="GET",route="/console/audit",status="2xx"}`:     1,
		`sole_http_request_duration_seconds_count{method="GET",route="/sign-in",status="2xx"}`:           1,
	} {
		require.Equal(t, want, sample(metrics, series), "%s in\n%s", series, metrics)
	}
	s.stop() // sends the remaining spans
	spans, _ := c.of(trace)
	served := named(spans, "http.route", "/console/audit/:id")
	require.Len(t, served, 1)
	require.Equal(t, "GET /console/audit/:id", served[0].Name)
	log := s.log.String()
	require.Regexp(t, `"msg":"request".*"route":"/console/audit/:id","status":404.*"account_id":"`, log)
	for _, observed := range []string{metrics, c.everything(), requestLines(log)} {
		for _, secret := range []string{canary, event, owner.access, owner.refresh} {
			require.NotContains(t, observed, secret)
		}
	}
}

// requestLines returns the lines of a log that are about requests.
func requestLines(log string) string {
	var lines strings.Builder
	for line := range strings.Lines(log) {
		if strings.Contains(line, `"msg":"request"`) {
			lines.WriteString(line)
		}
	}
	return lines.String()
}

func TestTheLimitOfRequestsCountsPagesAndNotTheirAssets(t *testing.T) {
	t.Parallel()
	s := start(t, onServers, func(c *bootstrap.Config) { c.RequestsPerMinute = 3 })
	response, text := s.browse(t, "/sign-in")
	require.Equal(t, "3", response.Header.Get("RateLimit-Limit"))
	for range 10 {
		response, _ = s.browse(t, asset.FindString(text))
		require.Equal(t, 200, response.StatusCode)
		require.Empty(t, response.Header.Get("RateLimit-Limit"))
	}
	for range 10 {
		response, text = s.browse(t, "/sign-in")
	}
	require.Equal(t, 429, response.StatusCode)
	require.Contains(t, response.Header.Get("Content-Type"), "text/html")
	require.NotEmpty(t, response.Header.Get("Retry-After"))
	require.Contains(t, text, "<h1>")
	s.call(t, "GET", "/sign-in", nil).is(429, "rate_limited")
	s.get(t, "/me", "").is(429, "rate_limited")
}
