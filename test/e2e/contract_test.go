package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// operation holds the fields of an OpenAPI operation that the tests read.
type operation struct {
	ID       string                `json:"operationId"`
	Summary  string                `json:"summary"`
	Access   string                `json:"x-access"`
	Security []map[string][]string `json:"security"`
	Body     struct {
		Content map[string]any `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Ref string `json:"$ref"`
	} `json:"responses"`
}

type description struct {
	OpenAPI string                          `json:"openapi"`
	Paths   map[string]map[string]operation `json:"paths"`
}

func (s *service) description(t *testing.T) description {
	t.Helper()
	a := s.call(t, "GET", "/openapi.json", nil).is(200, "")
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	var d description
	require.NoError(t, decode(a.raw, &d))
	return d
}

// TestTheOpenAPIDocumentStatesTheAccessOfEachRoute relies on TestNoRouteIsUndescribed of adapters/http, which finds
// each mounted route in the description.
func TestTheOpenAPIDocumentStatesTheAccessOfEachRoute(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	d := s.description(t)
	require.Regexp(t, `^3\.1\.\d+$`, d.OpenAPI)

	ids := map[string]bool{}
	for path, methods := range d.Paths {
		for method, o := range methods {
			require.False(t, ids[o.ID], o.ID)
			ids[o.ID] = true
			require.NotEmpty(t, o.Summary, o.ID)
			switch o.Access {
			case "account":
				require.Equal(t, []map[string][]string{{"bearer": {}}}, o.Security, o.ID)
			case "client":
				require.Equal(t, []map[string][]string{{"client": {}}}, o.Security, o.ID)
			case "open", "visitor":
				require.Empty(t, o.Security, o.ID)
			default:
				t.Errorf("%s %s has the access %q", method, path, o.Access)
			}
			for status, response := range o.Responses {
				if status >= "400" && (o.ID != "health" || status != "503") {
					require.Contains(t, response.Ref, "#/components/responses/", "%s %s", o.ID, status)
				}
			}
		}
	}
	require.Greater(t, len(ids), 80)
}

func TestTheOpenAPIDocumentIsServedAsYAML(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	a := s.call(t, "GET", "/openapi.yaml", nil).is(200, "")
	require.Equal(t, "application/yaml", a.header.Get("Content-Type"))
	require.Regexp(t, `(?m)^openapi: "?3\.1\.\d+"?$`, a.raw)
	for path := range s.description(t).Paths {
		require.Contains(t, a.raw, "\n  "+path+":\n")
	}
}

// TestResponsesMatchTheOpenAPIDocument calls every operation without a token. The status must be documented.
func TestResponsesMatchTheOpenAPIDocument(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], multi)
	for path, methods := range s.description(t).Paths {
		for method, o := range methods {
			var body any
			if method != "get" && method != "delete" {
				body = map[string]any{}
			}
			url := strings.ReplaceAll(path, "{id}", "00000000-0000-4000-8000-00000000dead")
			media := "application/json"
			for name := range o.Body.Content {
				media = name
			}
			a := s.call(t, strings.ToUpper(method), url, body, "Content-Type", media)
			require.Contains(t, o.Responses, strconv.Itoa(a.status), "%s %s: %s", method, path, a.raw)
			if o.Access == "account" {
				a.is(401, "unauthenticated")
				require.NotEmpty(t, a.header.Get("WWW-Authenticate"))
			}
			if o.Access == "client" {
				a.fails(401, "invalid_client")
				continue
			}
			if a.status >= 400 {
				a.is(a.status, a.text("code"))
			}
		}
	}
}

func TestTokensAreNeverCached(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	challenge := s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword)).is(200, "")
	token := map[string]any{"challenge_token": challenge.text("challenge.token")}
	enrollment := s.post(t, "/auth/login/mfa/enroll", token).is(200, "")
	token["code"] = s.code(t, enrollment.text("secret"), 0)
	tokens := s.post(t, "/auth/login/mfa/enroll/confirm", token).is(200, "")
	refreshed := s.post(t, "/auth/refresh", map[string]any{"refresh_token": tokens.text("tokens.refresh_token")}).is(200, "")
	for _, a := range []answer{challenge, enrollment, tokens, refreshed, s.get(t, "/me", refreshed.text("access_token")).is(200, "")} {
		require.Equal(t, "no-store", a.header.Get("Cache-Control"))
		require.Equal(t, "application/json", a.header.Get("Content-Type"))
		require.Empty(t, a.header.Values("Set-Cookie"))
		require.Nil(t, a.body["$schema"])
	}
}

func TestHSTSIsSentOnlyWhenEnabled(t *testing.T) {
	t.Parallel()
	off := start(t, deployments[0], nil)
	require.Empty(t, off.call(t, "GET", "/api/v1/health/live", nil).header.Get("Strict-Transport-Security"))
	on := start(t, deployments[0], func(c *bootstrap.Config) { c.EnableHSTS = true })
	for _, path := range []string{"/api/v1/health/live", "/api/v1/me", "/nope", "/docs"} {
		require.Contains(t, on.call(t, "GET", path, nil).header.Get("Strict-Transport-Security"), "max-age=31536000", path)
	}
}

func TestOnlyListedOriginsMayCall(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], func(c *bootstrap.Config) { c.AllowedOrigins = []string{"https://app.example.org"} })
	for origin, allowed := range map[string]string{
		"https://app.example.org": "https://app.example.org", "https://evil.example.org": "", "https://app.example.org.evil.example": "",
		"null": "", "http://app.example.org": "",
	} {
		a := s.call(t, "GET", "/api/v1/health/live", nil, "Origin", origin)
		require.Equal(t, allowed, a.header.Get("Access-Control-Allow-Origin"), origin)
		require.Empty(t, a.header.Get("Access-Control-Allow-Credentials"), origin)
		p := s.call(t, "OPTIONS", "/api/v1/me", nil, "Origin", origin,
			"Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization")
		require.Equal(t, allowed, p.header.Get("Access-Control-Allow-Origin"), "preflight from %s", origin)
	}
	failure := s.call(t, "GET", "/api/v1/me", nil, "Origin", "https://app.example.org").is(401, "unauthenticated")
	require.Equal(t, "https://app.example.org", failure.header.Get("Access-Control-Allow-Origin"), "a browser may read failures too")
}

func TestOnlyWellFormedRequestIDsAreAccepted(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	id := func(sent string) string {
		return s.call(t, "GET", "/nope", nil, "X-Request-Id", sent).is(404, "not_found").header.Get("X-Request-Id")
	}
	for _, sane := range []string{"abcdefgh", "01890a5d-ac96-774b-bcce-b302099a8057", strings.Repeat("x", 64)} {
		require.Equal(t, sane, id(sane))
	}
	made := map[string]bool{}
	for _, odd := range []string{
		"", "short", "a b c d e f", `"},{"x":"`, "<script>alert(1)</script>", "ünïcödé-ünïcödé",
		strings.Repeat("x", 65), strings.Repeat("x", 9000),
	} {
		got := id(odd)
		require.NotEqual(t, odd, got)
		require.Regexp(t, `^[0-9a-f-]{36}$`, got)
		require.False(t, made[got])
		made[got] = true
	}
}

func TestTheDocsPageLoadsNothingFromOtherHosts(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	page := s.call(t, "GET", "/docs", nil).is(200, "")
	require.Equal(t, "text/html; charset=utf-8", page.header.Get("Content-Type"))
	policy := page.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		require.Contains(t, policy, part)
	}
	require.NotContains(t, policy, "http")
	require.NotContains(t, page.raw, "http:")
	require.NotContains(t, page.raw, "https:")
	require.NotContains(t, page.raw, "<script>", "no inline script")
	assets := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page.raw, -1)
	require.GreaterOrEqual(t, len(assets), 4)
	for _, asset := range assets {
		require.True(t, strings.HasPrefix(asset[1], "/docs/") && !strings.HasPrefix(asset[1], "//"), asset[1])
		a := s.call(t, "GET", asset[1], nil).is(200, "")
		require.NotEmpty(t, a.raw, asset[1])
		media := map[string]string{".js": "/javascript", ".css": "text/css", ".png": "image/png"}
		require.Contains(t, a.header.Get("Content-Type"), media[asset[1][strings.LastIndex(asset[1], "."):]], asset[1])
		require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
		plain := s.call(t, "GET", asset[1], nil, "Accept-Encoding", "identity").is(200, "")
		require.Empty(t, plain.header.Get("Content-Encoding"), asset[1])
		require.Equal(t, len(a.raw), len(plain.raw), asset[1])
	}
	script := s.call(t, "GET", "/docs/start.js", nil)
	require.NotContains(t, script.raw, "http")
}

func TestHealthReportsEveryComponent(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		require.Equal(t, "ok", s.call(t, "GET", "/api/v1/health/live", nil).is(200, "").text("status"))
		require.Equal(t, "ok", s.call(t, "GET", "/api/v1/health/ready", nil).is(200, "").text("status"))
		report := s.call(t, "GET", "/api/v1/health", nil).is(200, "")
		require.Equal(t, "ok", report.text("status"))
		require.NotEmpty(t, report.text("version"))
		var names []string
		for _, c := range report.at("components").([]any) {
			require.Equal(t, "ok", c.(map[string]any)["status"])
			names = append(names, c.(map[string]any)["name"].(string))
		}
		require.ElementsMatch(t, []string{"database", "cache"}, names)
		head := s.call(t, "HEAD", "/api/v1/health/ready", nil).is(200, "")
		require.Empty(t, head.raw)
	})
}

// TestHealthNeedsNoOrg: probes are answered even if they name an org, by header or by host.
func TestHealthNeedsNoOrg(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], multi)
	for _, path := range []string{"/api/v1/health/live", "/api/v1/health/ready", "/api/v1/health"} {
		s.call(t, "GET", path, nil).is(200, "")
		s.call(t, "GET", path, nil, "X-Org-Id", "nobody").is(200, "")
		s.call(t, "GET", path, nil, "Host", "probe.sole.example").is(200, "")
	}
}

func TestTheKeySetHasOnlyPublicKeys(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	require.Len(t, s.jwks(t).Keys, 1)
	s = s.restart(t, signsWith(t, domain.ES256))
	a := s.call(t, "GET", "/.well-known/jwks.json", nil).is(200, "")
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	require.Contains(t, a.header.Get("Cache-Control"), "max-age=")
	keys := a.at("keys").([]any)
	require.Len(t, keys, 2)
	for _, key := range keys {
		key := key.(map[string]any)
		for name := range key {
			require.Contains(t, []string{"kty", "kid", "use", "alg", "n", "e", "crv", "x", "y"}, name)
		}
		require.Contains(t, []string{"RSA RS256", "EC ES256"}, fmt.Sprint(key["kty"], " ", key["alg"]))
		require.Equal(t, "sig", key["use"])
	}
}

func TestTheRequestLimitSaysWhenToRetry(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			s := start(t, d, func(c *bootstrap.Config) { c.RequestsPerMinute = 5 })
			var left []string
			for range 5 {
				a := s.call(t, "GET", "/api/v1/me", nil).is(401, "unauthenticated")
				require.Equal(t, "5", a.header.Get("RateLimit-Limit"))
				require.Regexp(t, `^\d+$`, a.header.Get("RateLimit-Reset"))
				left = append(left, a.header.Get("RateLimit-Remaining"))
			}
			require.Equal(t, []string{"4", "3", "2", "1", "0"}, left)
			for _, path := range []string{"/api/v1/me", "/api/v1/auth/orgs/resolve?org=default", "/api/v1/nope"} {
				a := s.call(t, "GET", path, nil).is(429, "rate_limited")
				require.Regexp(t, `^[1-9]\d*$`, a.header.Get("Retry-After"))
				require.Equal(t, "0", a.header.Get("RateLimit-Remaining"))
			}
			s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword), "X-Forwarded-For", "203.0.113.9").is(429, "rate_limited")
			for _, free := range []string{"/api/v1/health/live", "/.well-known/jwks.json", "/openapi.json", "/docs"} {
				s.call(t, "GET", free, nil).is(200, "")
			}
			s.clock.Advance(time.Minute)
			if d.Name == "embedded" { // Redis uses its own clock
				s.call(t, "GET", "/api/v1/me", nil).is(401, "unauthenticated")
			}
		})
	}
}

// TestReplicasShareTheRequestLimit within an exchange of their counts, also with a replica that was restarted.
func TestReplicasShareTheRequestLimit(t *testing.T) {
	t.Parallel()
	one, another := twoReplicas(t, func(c *bootstrap.Config) { c.RequestsPerMinute = 20 })
	get := func(s *service) answer { return s.call(t, "GET", "/api/v1/me", nil) }
	for range 20 {
		get(one).is(401, "unauthenticated")
	}
	get(one).is(429, "rate_limited")
	limited := func(s *service) func() bool { return func() bool { return get(s).status == 429 } }
	require.Eventually(t, limited(another), 5*time.Second, 50*time.Millisecond)
	again := one.restart(t, func(*bootstrap.Config) {})
	require.Eventually(t, limited(again), 5*time.Second, 50*time.Millisecond)
}
