package e2e

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// operation is what the tests read of an OpenAPI operation.
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

func TestTheDescriptionListsEveryRoute(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	d := s.description(t)
	require.Regexp(t, `^3\.1\.\d+$`, d.OpenAPI)

	source, err := os.ReadFile("../../adapters/http/routes.go")
	require.NoError(t, err)
	mounted := regexp.MustCompile(`(service|open|visiting|secured)\(s, route\{method: "([A-Z]+)", path: base \+ "([^"]+)", id: "([^"]+)"`).FindAllStringSubmatch(string(source), -1)
	require.Greater(t, len(mounted), 10)
	listed := 0
	for _, methods := range d.Paths {
		listed += len(methods)
	}
	require.Equal(t, len(mounted), listed)
	ids := map[string]bool{}
	for _, m := range mounted {
		kind, method, path, id := m[1], m[2], m[3], m[4]
		o, ok := d.Paths["/api/v1"+path][strings.ToLower(method)]
		require.True(t, ok, "%s %s", method, path)
		require.Equal(t, id, o.ID)
		require.False(t, ids[id], id)
		ids[id] = true
		require.NotEmpty(t, o.Summary, id)
		require.Equal(t, map[string]string{"service": "open", "open": "open", "visiting": "visitor", "secured": "account"}[kind], o.Access, id)
		if kind == "secured" {
			require.Equal(t, []map[string][]string{{"bearer": {}}}, o.Security, id)
		} else {
			require.Empty(t, o.Security, id)
		}
		for status, response := range o.Responses {
			if status >= "400" && (id != "health" || status != "503") {
				require.Contains(t, response.Ref, "#/components/responses/", "%s %s", id, status)
			}
		}
	}
}

func TestTheDescriptionIsThereInYAML(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	a := s.call(t, "GET", "/openapi.yaml", nil).is(200, "")
	require.Equal(t, "application/yaml", a.header.Get("Content-Type"))
	require.Regexp(t, `(?m)^openapi: "?3\.1\.\d+"?$`, a.raw)
	for path := range s.description(t).Paths {
		require.Contains(t, a.raw, "\n  "+path+":\n")
	}
}

// TestAnswersAreAsDescribed calls every operation without a token: what comes back must be listed.
func TestAnswersAreAsDescribed(t *testing.T) {
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

func TestHSTSOnlyWhenTurnedOn(t *testing.T) {
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
		"https://app.example.org": "https://app.example.org", "https://evil.example.org": "", "https://app.example.org.evil.example": "", "null": "", "http://app.example.org": "",
	} {
		a := s.call(t, "GET", "/api/v1/health/live", nil, "Origin", origin)
		require.Equal(t, allowed, a.header.Get("Access-Control-Allow-Origin"), origin)
		require.Empty(t, a.header.Get("Access-Control-Allow-Credentials"), origin)
		p := s.call(t, "OPTIONS", "/api/v1/me", nil, "Origin", origin, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization")
		require.Equal(t, allowed, p.header.Get("Access-Control-Allow-Origin"), "preflight from %s", origin)
	}
	failure := s.call(t, "GET", "/api/v1/me", nil, "Origin", "https://app.example.org").is(401, "unauthenticated")
	require.Equal(t, "https://app.example.org", failure.header.Get("Access-Control-Allow-Origin"), "a browser may read failures too")
}

func TestRequestIDsAreTakenWhenSane(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	id := func(sent string) string {
		return s.call(t, "GET", "/nope", nil, "X-Request-Id", sent).is(404, "not_found").header.Get("X-Request-Id")
	}
	for _, sane := range []string{"abcdefgh", "01890a5d-ac96-774b-bcce-b302099a8057", strings.Repeat("x", 64)} {
		require.Equal(t, sane, id(sane))
	}
	made := map[string]bool{}
	for _, odd := range []string{"", "short", "a b c d e f", `"},{"x":"`, "<script>alert(1)</script>", "ünïcödé-ünïcödé", strings.Repeat("x", 65), strings.Repeat("x", 9000)} {
		got := id(odd)
		require.NotEqual(t, odd, got)
		require.Regexp(t, `^[0-9a-f-]{36}$`, got)
		require.False(t, made[got])
		made[got] = true
	}
}

func TestTheManualNeedsNothingFromElsewhere(t *testing.T) {
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

func TestHealth(t *testing.T) {
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

// TestHealthAsksForNoOrg: a probe that happens to name an org, by header or by host, still gets its answer.
func TestHealthAsksForNoOrg(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], multi)
	for _, path := range []string{"/api/v1/health/live", "/api/v1/health/ready", "/api/v1/health"} {
		s.call(t, "GET", path, nil).is(200, "")
		s.call(t, "GET", path, nil, "X-Org-Id", "nobody").is(200, "")
		s.host(t, "GET", path, "probe.sole.example", nil).is(200, "")
	}
}

func TestTheKeySetIsPublicOnly(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	a := s.call(t, "GET", "/.well-known/jwks.json", nil).is(200, "")
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	require.Contains(t, a.header.Get("Cache-Control"), "max-age=")
	keys := a.at("keys").([]any)
	require.NotEmpty(t, keys)
	for _, key := range keys {
		key := key.(map[string]any)
		for name := range key {
			require.Contains(t, []string{"kty", "kid", "use", "alg", "n", "e"}, name)
		}
		require.Equal(t, "RS256", key["alg"])
		require.Equal(t, "sig", key["use"])
	}
}

func TestTheRequestLimitSaysWhenToComeBack(t *testing.T) {
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
			if d.Name == "embedded" { // Redis keeps its own time
				s.call(t, "GET", "/api/v1/me", nil).is(401, "unauthenticated")
			}
		})
	}
}

// TestTheLogOfAWholeJourney collects every secret that goes over the wire and looks for it.
func TestTheLogOfAWholeJourney(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		secrets := []string{ownerPassword, s.app.Config.SecretKey}
		var gather func(value any)
		gather = func(value any) {
			switch v := value.(type) {
			case map[string]any:
				for name, member := range v {
					text, isText := member.(string)
					if isText && slices.Contains([]string{"token", "access_token", "refresh_token", "device_token", "secret", "otpauth_uri", "qr_svg"}, name) {
						secrets = append(secrets, text)
					}
					if list, ok := member.([]any); ok && name == "recovery_codes" {
						for _, code := range list {
							secrets = append(secrets, code.(string), strings.ReplaceAll(code.(string), "-", ""))
						}
					}
					gather(member)
				}
			case []any:
				for _, member := range v {
					gather(member)
				}
			}
		}
		post := func(path string, body map[string]any, headers ...string) answer {
			a := s.post(t, path, body, headers...)
			gather(a.body)
			return a
		}
		token := post("/auth/login", credentials(ownerEmail, ownerPassword)).text("challenge.token")
		secret := post("/auth/login/mfa/enroll", map[string]any{"challenge_token": token}).text("secret")
		done := post("/auth/login/mfa/enroll/confirm", map[string]any{"challenge_token": token, "code": s.code(t, secret, 0)})
		s.clock.Advance(time.Minute)
		token = post("/auth/login", credentials(ownerEmail, ownerPassword)).text("challenge.token")
		second := post("/auth/login/mfa", map[string]any{"challenge_token": token, "code": s.code(t, secret, 0), "remember_device": true})
		body := credentials(ownerEmail, ownerPassword)
		body["device_token"] = second.text("device_token")
		third := post("/auth/login", body)
		refreshed := post("/auth/refresh", map[string]any{"refresh_token": third.text("tokens.refresh_token")})
		s.clock.Advance(time.Minute)
		post("/auth/refresh", map[string]any{"refresh_token": third.text("tokens.refresh_token")}).is(401, "token_revoked")
		token = post("/auth/login", credentials(ownerEmail, ownerPassword)).text("challenge.token")
		recovery := done.at("recovery_codes").([]any)[0].(string)
		post("/auth/login/mfa", map[string]any{"challenge_token": token, "recovery_code": recovery}).is(200, "")
		s.addMember(t, "new@example.org", "temporary "+canary, true)
		token = post("/auth/login", credentials("new@example.org", "temporary "+canary)).text("challenge.token")
		post("/auth/login/password", map[string]any{"challenge_token": token, "new_password": "permanent " + canary}).is(200, "")
		require.Greater(t, len(secrets), 30)

		// And what clients put where it does not belong.
		for _, headers := range [][]string{
			{"Authorization", "Bearer " + canary}, {"Authorization", canary}, {"Cookie", "session=" + canary}, {"X-Org-Id", canary}, {"X-Request-Id", canary + "\""},
			{"X-Step-Up-Token", canary}, {"X-Forwarded-For", canary}, {"X-Api-Key", canary}, {"Referer", "https://x.example/?token=" + canary},
		} {
			s.call(t, "GET", "/api/v1/me", nil, headers...)
		}
		s.call(t, "GET", "/api/v1/auth/orgs/resolve?org="+canary+"&token="+canary, nil)
		s.call(t, "GET", "/api/v1/"+canary, nil)
		s.call(t, "DELETE", "/api/v1/me/sessions/"+canary, nil, "Authorization", "Bearer "+refreshed.text("access_token"))
		s.post(t, "/auth/login", credentials(canary+"@example.org", canary))
		s.post(t, "/auth/login", credentials("x", "line\nfeed"), "User-Agent", "a\"b\\c\td", "X-Request-Id", "{\"level\":\"x\"}")

		log := s.log.String()
		for _, secret := range append(secrets, canary) {
			require.NotContains(t, log, secret)
		}
		lines := strings.Split(strings.TrimSpace(log), "\n")
		require.Greater(t, len(lines), 20)
		for _, line := range lines {
			decoder := json.NewDecoder(strings.NewReader(line))
			var object map[string]any
			require.NoError(t, decoder.Decode(&object), line)
			_, err := decoder.Token()
			require.ErrorIs(t, err, io.EOF, line)
			if object["msg"] == "audit.sealed" { // of many requests
				continue
			}
			for _, member := range []string{"time", "level", "msg", "request_id", "org_id"} {
				require.Contains(t, object, member, line)
			}
			if object["log"] == "audit" && object["address"] != "" { // else it was no request but a command
				require.NotEmpty(t, object["request_id"], line)
				require.NotEmpty(t, object["org_id"], line)
			}
		}
	})
}

// host calls with a Host of its own.
func (s *service) host(t *testing.T, method, path, host string, body any, headers ...string) answer {
	t.Helper()
	var reader io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		require.NoError(t, err)
		reader = strings.NewReader(string(encoded))
	}
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, reader)
	require.NoError(t, err)
	request.Host = host
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := httpClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	a := answer{t: t, status: response.StatusCode, header: response.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &a.body)
	harness.Documented(t, s.url, request, response, raw)
	return a
}

func TestTheHostNamesTheOrg(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], multi)
	acme, globex := s.newOrg(t, "acme-inc"), s.newOrg(t, "globex")
	me := func(host, token string, headers ...string) answer {
		return s.host(t, "GET", "/api/v1/me", host, nil, append(headers, "Authorization", "Bearer "+token)...)
	}
	login := func(host string, headers ...string) answer {
		return s.host(t, "POST", "/api/v1/auth/login", host, credentials(ownerEmail, ownerPassword), headers...)
	}
	for _, host := range []string{"acme-inc.sole.example", "ACME-inc.Sole.Example", "acme-inc.sole.example:8443", "acme-inc.sole.example.", "Acme-Inc.Sole.Example.:8443"} {
		login(host).is(200, "")
	}
	login("sole.example").is(400, "org_required")
	login("acme-inc.sole.example..").is(400, "org_required")
	login("a.b.sole.example").is(400, "org_required")
	login("acme-inc.sole.example.evil.example").is(400, "org_required")
	login("evilsole.example").is(400, "org_required")
	login("nobody.sole.example").is(404, "org_not_found")
	login("acme-inc.sole.example", "X-Org-Id", "globex").is(200, "") // the header wins

	one := s.enroll(t, "X-Org-Id", "acme-inc")
	require.Equal(t, string(acme), me("acme-inc.sole.example", one.access).is(200, "").text("org.id"))
	me("globex.sole.example", one.access).is(403, "org_mismatch")
	two := s.enroll(t, "X-Org-Id", string(globex))
	require.NotEqual(t, me("x", one.access).text("id"), me("x", two.access).text("id"), "one address, two accounts")
}

func TestEveryStepStaysInTheOrgOfItsToken(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			s := start(t, d, multi)
			s.newOrg(t, "acme-inc")
			s.newOrg(t, "globex")
			fresh := map[string]any{"challenge_token": s.challenge(t, "mfa_enrollment_required", "X-Org-Id", "acme-inc"), "code": "000000"}
			s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": fresh["challenge_token"]}, "X-Org-Id", "globex").is(403, "org_mismatch")
			s.post(t, "/auth/login/mfa/enroll/confirm", fresh, "X-Org-Id", "globex").is(403, "org_mismatch")
			owner := s.enroll(t, "X-Org-Id", "acme-inc")
			s.clock.Advance(time.Minute)
			owed := map[string]any{"challenge_token": s.challenge(t, "mfa_required", "X-Org-Id", "acme-inc"), "code": s.code(t, owner.secret, 0)}
			s.post(t, "/auth/login/mfa", owed, "X-Org-Id", "globex").is(403, "org_mismatch")
			s.post(t, "/auth/login/mfa", owed, "X-Tenant-ID", "nobody").is(404, "org_not_found")
			s.post(t, "/auth/login/mfa", owed).is(200, "")
			s.post(t, "/auth/logout", nil, "Authorization", "Bearer "+owner.access, "X-Org-Id", "globex").is(403, "org_mismatch")
			s.get(t, "/me", owner.access).is(200, "")

			// A device token of one org is nothing in another, and harms nobody.
			s.clock.Advance(time.Minute)
			remembered := s.post(t, "/auth/login/mfa", map[string]any{
				"challenge_token": s.challenge(t, "mfa_required", "X-Org-Id", "acme-inc"), "code": s.code(t, owner.secret, 0), "remember_device": true,
			}).is(200, "").text("device_token")
			with := credentials(ownerEmail, ownerPassword)
			with["device_token"] = remembered
			require.Equal(t, "mfa_enrollment_required", s.post(t, "/auth/login", with, "X-Org-Id", "globex").is(200, "").text("status"))
			require.Equal(t, "authenticated", s.post(t, "/auth/login", with, "X-Org-Id", "acme-inc").is(200, "").text("status"))
		})
	}
}

func TestASuspendedOrgAdmitsNobody(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			s := start(t, d, multi)
			acme := s.newOrg(t, "acme-inc")
			owner := s.enroll(t, "X-Org-Id", "acme-inc")
			s.clock.Advance(time.Minute)
			owed := map[string]any{"challenge_token": s.challenge(t, "mfa_required", "X-Org-Id", "acme-inc"), "code": s.code(t, owner.secret, 0)}
			s.suspend(t, acme)
			s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword), "X-Org-Id", "acme-inc").is(403, "org_suspended")
			s.get(t, "/me", owner.access).is(403, "org_suspended")
			s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}).is(403, "org_suspended")
			s.post(t, "/auth/login/mfa", owed).is(403, "org_suspended")
			s.call(t, "GET", "/api/v1/auth/orgs/resolve?org=acme-inc", nil).is(403, "org_suspended")
			s.get(t, "/me", owner.access).is(403, "org_suspended")
		})
	}
}

func TestSuspensionReachesAnUnfinishedSignIn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s.addMember(t, "new@example.org", "temporary password", true)
		temporary := s.post(t, "/auth/login", credentials("new@example.org", "temporary password")).is(200, "").text("challenge.token")
		early := s.challenge(t, "mfa_enrollment_required")
		secret := s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": early}).is(200, "").text("secret")
		suspended := func(value domain.Status) {
			for _, email := range []string{"new@example.org", ownerEmail} {
				s.change(t, email, func(u *domain.User) { u.Status = value })
			}
		}
		suspended(domain.StatusSuspended)
		s.post(t, "/auth/login/password", map[string]any{"challenge_token": temporary, "new_password": "a fine long password"}).is(403, "account_suspended")
		s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": early}).is(403, "account_suspended")
		s.post(t, "/auth/login/mfa/enroll/confirm", map[string]any{"challenge_token": early, "code": s.code(t, secret, 0)}).is(403, "account_suspended")
		suspended(domain.StatusActive)

		owner := s.enroll(t)
		s.clock.Advance(time.Minute)
		owed := map[string]any{"challenge_token": s.challenge(t, "mfa_required"), "recovery_code": owner.recoveryCodes[0]}
		suspended(domain.StatusSuspended)
		s.post(t, "/auth/login/mfa", owed).is(403, "account_suspended")
		suspended(domain.StatusActive)
		owed["challenge_token"] = s.challenge(t, "mfa_required")
		s.post(t, "/auth/login/mfa", owed).is(200, "") // the code was not used up
	})
}

// suspend does what an operator does.
func (s *service) suspend(t *testing.T, org domain.OrgID) {
	t.Helper()
	s.sql(t, "UPDATE orgs SET status = 'suspended' WHERE id = $1", string(org))
}

// sql changes one row behind the service's back.
func (s *service) sql(t *testing.T, statement string, args ...any) {
	t.Helper()
	driver, source := "pgx", s.app.Config.DatabaseURL
	if path, ok := strings.CutPrefix(source, "sqlite://"); ok {
		driver, source = "sqlite", path+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	result, err := db.ExecContext(t.Context(), statement, args...)
	require.NoError(t, err)
	changed, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 1, changed)
}

func TestWhatIsInFlightAtTheEndIsAnswered(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	p, stop := dev(t, path, folder)
	output, code := sole(t, path, folder, "healthcheck", "--env-file", envFile(t, "PORT="+p.url[strings.LastIndex(p.url, ":")+1:]))
	require.Equal(t, 0, code, output)
	output, code = sole(t, path, folder, "dev", "--env-file", envFile(t, "PORT=0"))
	require.Equal(t, 1, code, "one process per file: %s", output)

	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	body := `{"email":"nobody@example.org","password":"x"}`
	_, err = fmt.Fprintf(conn, "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:10])
	require.NoError(t, err)
	time.Sleep(100 * time.Millisecond) // until it is read
	answers := make(chan []answer, 1)
	go func() {
		answers <- parallel(20, func(int) answer { return p.post(t, "/auth/login", credentials("nobody@example.org", "x")) })
	}()
	time.Sleep(30 * time.Millisecond)
	ended := make(chan int, 1)
	go func() { ended <- stop() }()
	time.Sleep(100 * time.Millisecond)
	_, err = conn.Write([]byte(body[10:]))
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Contains(t, []int{401, 429}, response.StatusCode)
	require.NoError(t, response.Body.Close())
	for _, a := range <-answers {
		require.Contains(t, []int{401, 429}, a.status, a.raw)
	}
	require.Equal(t, 0, <-ended)
}

func envFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	return path
}

// TestTheBinaryLogsJSONWhateverItReads sends what never becomes a request.
func TestTheBinaryLogsJSONWhateverItReads(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	stdout, stderr := &syncedBuffer{}, &syncedBuffer{}
	command := exec.Command(path, "serve", "--env-file", envFile(t, "HOST=127.0.0.1", "LOG_LEVEL=debug", "PORT="+address[strings.LastIndex(address, ":")+1:]))
	command.Dir, command.Stdout, command.Stderr, command.Env = folder, stdout, stderr, []string{"PATH=" + os.Getenv("PATH")}
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	require.Eventually(t, func() bool { return strings.Contains(stdout.String(), "listening") }, 30*time.Second, 20*time.Millisecond)
	for _, raw := range []string{
		"GET /api/v1/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + canary + "\r\nbad header " + canary + "\r\n\r\n",
		"GET /api/v1/me?token=" + canary + " HTTP/1.1\nAuthorization: Bearer " + canary + "\n\n",
		canary + "\r\n\r\n", "\x16\x03\x01" + canary,
		"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz" + canary + "\r\n",
		"GET /" + canary + " HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat(canary, 5000) + "\r\n\r\n",
		"GET /%00" + canary + "\x1b[31m HTTP/1.1\r\nHost: a\r\nX-Request-Id: " + canary + "\x1b[31m\r\nUser-Agent: " + canary + "\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		_, _ = conn.Write([]byte(raw))
		_ = conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		_, _ = io.Copy(io.Discard, conn)
		require.NoError(t, conn.Close())
	}
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, command.Wait())
	require.Empty(t, stderr.String())
	require.NotContains(t, stdout.String(), canary)
	for line := range strings.SplitSeq(strings.TrimSpace(stdout.String()), "\n") {
		var object map[string]any
		require.NoError(t, decode(line, &object), line)
	}
}
