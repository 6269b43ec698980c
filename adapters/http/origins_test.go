package http

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestARefusedOriginIsLoggedOnceAMinute(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := startWith(t, func(o *Options) {
		o.Clock = func() time.Time { return now }
		o.AllowedOrigins, o.PublicURL = []string{"https://app.example.org"}, "https://id.example.org"
	})
	from := func(origin string) string {
		return "GET /api/v1/health/live HTTP/1.1\r\nHost: a.example.org\r\nConnection: close\r\nOrigin: " + origin + "\r\n\r\n"
	}
	lines := func() int { return strings.Count(s.log.String(), "ALLOWED_ORIGINS") }

	for _, fine := range []string{"https://app.example.org", "https://a.example.org", "http://A.example.org", "https://id.example.org"} {
		s.wait(t, from(fine), 5*time.Second)
		require.Zero(t, lines(), "%s is listed, or the service's own", fine)
	}
	for _, noOrigin := range []string{
		"https://x.example/" + canary, "https://" + canary + "@x.example", canary, "https://x.example?" + canary,
	} {
		s.wait(t, from(noOrigin), 5*time.Second)
		require.Zero(t, lines(), "no browser sends %s", noOrigin)
	}
	require.NotContains(t, s.log.String(), canary)

	for range 2 {
		s.wait(t, from("http://localhost:5173"), 5*time.Second)
	}
	s.wait(t, "OPTIONS /api/v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nOrigin: http://localhost:5173\r\n"+
		"Access-Control-Request-Method: GET\r\n\r\n", 5*time.Second)
	require.Equal(t, 1, lines())
	require.Regexp(t, `"level":"WARN","msg":"[^"]*ALLOWED_ORIGINS[^"]*","origin":"http://localhost:5173"`, s.log.String())
	now = now.Add(originsPeriod + time.Second)
	s.wait(t, from("http://localhost:5173"), 5*time.Second)
	require.Equal(t, 2, lines(), "it still happens")
}

func TestTheLogOfRefusedOriginsIsBounded(t *testing.T) {
	t.Parallel()
	l, now, logged := originLog{}, time.Now(), 0
	for i := range 1000 {
		if l.first(fmt.Sprintf("https://%d.example", i), now) {
			logged++
		}
	}
	require.Equal(t, originsLogged, logged)
	require.Len(t, l.logged, originsLogged)
	require.True(t, l.first("https://one.example", now.Add(2*originsPeriod)))
}

func TestARefusedOriginIsLoggedWithoutAllowedOrigins(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.wait(t, "GET /api/v1/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\nOrigin: null\r\n\r\n", 5*time.Second)
	require.Contains(t, s.log.String(), `"origin":"null"`)
}

func TestTheRootRedirectsToTheDocumentation(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, method := range []string{"GET", "HEAD"} {
		replies := s.wait(t, method+" / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 5*time.Second)
		require.Len(t, replies, 1)
		require.Equal(t, 302, replies[0].StatusCode)
		require.Equal(t, "/docs", replies[0].Header.Get("Location"))
		require.Empty(t, replies[0].raw)
	}
}
