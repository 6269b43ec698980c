package http

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const pageMedia = "text/html; charset=utf-8"

// linkPagePolicy is what the Content-Security-Policy of the pages behind emailed links has besides the common part.
var linkPagePolicy = []string{"script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'"}

// kinds has a request for each kind of response.
var kinds = map[string]struct {
	raw    string
	status int
	media  string
	policy []string // what its Content-Security-Policy has besides the common part
	cached bool
}{
	"JSON":      {raw: get("/api/v1/health/live"), status: 200, media: "application/json"},
	"a problem": {raw: get("/nope"), status: 404, media: problemJSON},
	"a wrong method": {
		raw: "DELETE /api/v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", status: 405, media: problemJSON,
	},
	"no token": {raw: get("/api/v1/me"), status: 401, media: problemJSON},
	"a large body": {
		raw:    post("/api/v1/auth/login", strings.Repeat(" ", 600<<10), fmt.Sprint("Content-Length: ", 600<<10)),
		status: 413, media: problemJSON,
	},
	"large headers": {raw: live + "X-A: " + strings.Repeat("x", 20<<10) + "\r\n\r\n", status: 431, media: problemJSON},
	"a fault": {
		raw:    post("/api/v1/auth/login", `{"email":"a@b.c","password":"x"}`, "Content-Length: 32"),
		status: 500, media: problemJSON,
	},
	"the documentation": {
		raw: get("/docs"), status: 200, media: pageMedia,
		policy: []string{"script-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'"},
	},
	"its script":        {raw: get("/docs/start.js"), status: 200, media: "text/javascript; charset=utf-8"},
	"its assets":        {raw: get("/docs/assets/swagger-ui.css"), status: 200, media: "text/css; charset=utf-8", cached: true},
	"OpenAPI as JSON":   {raw: get("/openapi.json"), status: 200, media: "application/json"},
	"OpenAPI as YAML":   {raw: get("/openapi.yaml"), status: 200, media: "application/yaml"},
	"the key set":       {raw: get("/.well-known/jwks.json"), status: 200, media: "application/json", cached: true},
	"the origins":       {raw: get("/.well-known/webauthn"), status: 200, media: "application/json", cached: true},
	"the reset page":    {raw: get("/reset-password"), status: 200, media: pageMedia, policy: linkPagePolicy},
	"the invitation":    {raw: get("/accept-invitation?token=pr_x"), status: 200, media: pageMedia, policy: linkPagePolicy},
	"the confirm page":  {raw: get("/confirm-email"), status: 200, media: pageMedia, policy: linkPagePolicy},
	"a script of pages": {raw: get("/reset-password/page.js"), status: 200, media: "text/javascript; charset=utf-8"},
}

func get(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
}

func TestEveryKindOfResponseHasTheSecurityHeaders(t *testing.T) {
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

// TestOnlyListedOriginsAreAllowed checks that exactly a listed origin is named in the response, without
// which a browser does not show the response to a page, and that credentials are never allowed.
func TestOnlyListedOriginsAreAllowed(t *testing.T) {
	t.Parallel()
	const listed = "https://app.example.org"
	s := startWith(t, func(o *Options) { o.AllowedOrigins = []string{listed, "https://other.example.org"} })
	with := func(raw, origin string) string {
		return strings.Replace(raw, "Host: a\r\n", "Host: a\r\nOrigin: "+origin+"\r\n", 1)
	}
	preflight := "OPTIONS /api/v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccess-Control-Request-Method: PATCH\r\n" +
		"Access-Control-Request-Headers: authorization\r\n\r\n"
	for _, origin := range []string{
		listed, "https://app.example.org.evil.example", "https://evil.example", "http://app.example.org", "https://app.example.org:8443",
		"https://sub.app.example.org", "null", "*",
	} {
		for name, raw := range map[string]string{"JSON": kinds["JSON"].raw, "no token": kinds["no token"].raw,
			"a large body": kinds["a large body"].raw, "preflight": preflight} {
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
	replies := s.send(t, strings.Replace(get("/api/v1/me"), "Host: a\r\n", "Host: a\r\nOrigin: "+origin+"\r\n", 1))
	exposed := replies[0].Header.Get("Access-Control-Expose-Headers")
	names := map[string]bool{}
	for _, name := range strings.Split(exposed, ",") {
		names[strings.ToLower(strings.TrimSpace(name))] = true
	}
	// Every page may read the first three (the Fetch standard); the last is for the browser itself.
	always := []string{"cache-control", "content-type", "content-length", "content-security-policy"}
	declared := []string{ // set outside of the routes
		"X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "WWW-Authenticate", "Allow",
	}
	for _, item := range s.OpenAPI().Paths {
		for _, operation := range operationsOf(item) {
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
