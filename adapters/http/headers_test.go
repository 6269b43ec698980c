package http

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
)

// kinds are one request for each kind of answer.
var kinds = map[string]struct {
	raw    string
	status int
	media  string
	policy []string // of its Content-Security-Policy, besides what holds for all
	cached bool
}{
	"JSON":             {get("/api/v1/health/live"), 200, "application/json", nil, false},
	"a problem":        {get("/nope"), 404, problemJSON, nil, false},
	"a wrong method":   {"DELETE /api/v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405, problemJSON, nil, false},
	"no token":         {get("/api/v1/me"), 401, problemJSON, nil, false},
	"a large body":     {post("/api/v1/auth/login", strings.Repeat(" ", 600<<10), fmt.Sprint("Content-Length: ", 600<<10)), 413, problemJSON, nil, false},
	"a large head":     {live + "X-A: " + strings.Repeat("x", 20<<10) + "\r\n\r\n", 431, problemJSON, nil, false},
	"a fault":          {post("/api/v1/auth/login", `{"email":"a@b.c","password":"x"}`, "Content-Length: 32"), 500, problemJSON, nil, false},
	"the manual":       {get("/docs"), 200, "text/html; charset=utf-8", []string{"script-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'"}, false},
	"its script":       {get("/docs/start.js"), 200, "text/javascript; charset=utf-8", nil, false},
	"its assets":       {get("/docs/assets/swagger-ui.css"), 200, "text/css; charset=utf-8", nil, true},
	"the description":  {get("/openapi.json"), 200, "application/json", nil, false},
	"it in YAML":       {get("/openapi.yaml"), 200, "application/yaml", nil, false},
	"the keys":         {get("/.well-known/jwks.json"), 200, "application/json", nil, true},
	"the reset page":   {get("/reset-password"), 200, "text/html; charset=utf-8", []string{"script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'"}, false},
	"the confirm page": {get("/confirm-email"), 200, "text/html; charset=utf-8", []string{"script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'"}, false},
	"its own script":   {get("/reset-password/page.js"), 200, "text/javascript; charset=utf-8", nil, false},
}

func get(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
}

func TestEveryKindOfAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	for _, hsts := range []bool{false, true} {
		s := startWith(t, func(o *Options) { o.EnableHSTS = hsts })
		for name, kind := range kinds {
			replies := s.wait(t, kind.raw, 30*time.Second)
			require.Len(t, replies, 1, name)
			r := replies[0]
			require.Equal(t, kind.status, r.StatusCode, "%s: %s", name, r.raw)
			require.Equal(t, kind.media, r.Header.Get("Content-Type"), name)
			require.Equal(t, []string{"nosniff"}, r.Header.Values("X-Content-Type-Options"), name)
			require.Equal(t, []string{"no-referrer"}, r.Header.Values("Referrer-Policy"), name)
			require.Equal(t, []string{"same-origin"}, r.Header.Values("Cross-Origin-Opener-Policy"), name)
			require.NotEmpty(t, r.Header.Get("Cross-Origin-Resource-Policy"), name)
			require.Equal(t, hsts, r.Header.Get("Strict-Transport-Security") == "max-age=31536000; includeSubDomains", name)
			require.Equal(t, !kind.cached, r.Header.Get("Cache-Control") == "no-store", name)
			for _, absent := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin"} {
				require.Empty(t, r.Header.Get(absent), name)
			}
			if !hsts {
				require.Empty(t, r.Header.Get("Strict-Transport-Security"), name)
			}
			require.Len(t, r.Header.Values("Content-Security-Policy"), 1, name)
			policy := strings.Split(r.Header.Get("Content-Security-Policy"), "; ")
			for _, directive := range append(kind.policy, "default-src 'none'", "frame-ancestors 'none'") {
				require.Contains(t, policy, directive, name)
			}
			for _, directive := range policy {
				require.NotContains(t, directive, "unsafe-eval", name)
				require.NotContains(t, directive, "*", name)
				require.NotContains(t, directive, "http", name)
				if !strings.HasPrefix(directive, "style-src-attr ") {
					require.NotContains(t, directive, "unsafe-inline", name)
				}
			}
		}
	}
}

// TestOnlyListedOriginsAreLetIn: a browser hands an answer to a page only when its origin,
// to the letter, is named in it; and never together with credentials.
func TestOnlyListedOriginsAreLetIn(t *testing.T) {
	t.Parallel()
	const listed = "https://app.example.org"
	s := startWith(t, func(o *Options) { o.AllowedOrigins = []string{listed, "https://other.example.org"} })
	with := func(raw, origin string) string {
		return strings.Replace(raw, "Host: a\r\n", "Host: a\r\nOrigin: "+origin+"\r\n", 1)
	}
	preflight := "OPTIONS /api/v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccess-Control-Request-Method: PATCH\r\nAccess-Control-Request-Headers: authorization\r\n\r\n"
	for _, origin := range []string{
		listed, "https://app.example.org.evil.example", "https://evil.example", "http://app.example.org", "https://app.example.org:8443", "https://sub.app.example.org", "null", "*",
	} {
		for name, raw := range map[string]string{"JSON": kinds["JSON"].raw, "no token": kinds["no token"].raw, "a large body": kinds["a large body"].raw, "preflight": preflight} {
			replies := s.send(t, with(raw, origin))
			require.Len(t, replies, 1)
			allowed := replies[0].Header.Values("Access-Control-Allow-Origin")
			if origin == listed {
				require.Equal(t, []string{listed}, allowed, name)
			} else {
				require.Empty(t, allowed, "%s from %s", name, origin)
			}
			require.Empty(t, replies[0].Header.Get("Access-Control-Allow-Credentials"))
			require.Contains(t, replies[0].Header.Get("Vary"), "Origin", "%s from %s", name, origin)
		}
	}
	asked := s.send(t, with(preflight, listed))[0]
	require.Equal(t, 204, asked.StatusCode)
	for _, header := range []string{"Authorization", "Content-Type", "If-Match", "X-Org-Id", "X-Step-Up-Token", "Traceparent"} {
		require.Contains(t, asked.Header.Get("Access-Control-Allow-Headers"), header)
	}
	require.Contains(t, asked.Header.Get("Access-Control-Allow-Methods"), "PATCH")
	require.Contains(t, s.send(t, with(kinds["JSON"].raw, listed))[0].Header.Get("Access-Control-Expose-Headers"), "Retry-After")
}

// TestEveryResponseHeaderIsExposedToBrowsers requires that scripts of other origins can read the
// headers.
func TestEveryResponseHeaderIsExposedToBrowsers(t *testing.T) {
	t.Parallel()
	const origin = "https://app.example.org"
	s := startWith(t, func(o *Options) { o.AllowedOrigins = []string{origin} })
	exposed := s.send(t, strings.Replace(get("/api/v1/me"), "Host: a\r\n", "Host: a\r\nOrigin: "+origin+"\r\n", 1))[0].Header.Get("Access-Control-Expose-Headers")
	names := map[string]bool{}
	for _, name := range strings.Split(exposed, ",") {
		names[strings.ToLower(strings.TrimSpace(name))] = true
	}
	// The first three every page may read (the Fetch standard), the last is for the browser itself.
	always := []string{"cache-control", "content-type", "content-length", "content-security-policy"}
	declared := []string{"X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "WWW-Authenticate", "Allow"} // set outside of the routes
	for _, item := range s.OpenAPI().Paths {
		for _, operation := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if operation == nil {
				continue
			}
			for _, response := range operation.Responses {
				declared = append(declared, slices.Collect(maps.Keys(response.Headers))...)
			}
		}
	}
	for _, name := range declared {
		name = strings.ToLower(name)
		require.True(t, names[name] || slices.Contains(always, name), "%s is not exposed", name)
	}
	for _, name := range []string{"content-disposition", "etag", "location"} {
		require.True(t, names[name], name)
	}
}
