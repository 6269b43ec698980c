package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
)

const canary = "CANARY-5f1d"

// bodyRoutes maps routes to a body that they accept.
var bodyRoutes = map[string]string{
	"/auth/login":                    `{"email":"` + canary + `@example.org","password":"` + canary + `"}`,
	"/auth/login/mfa":                `{"challenge_token":"` + canary + `","code":"` + canary + `"}`,
	"/auth/login/mfa/enroll":         `{"challenge_token":"` + canary + `"}`,
	"/auth/login/mfa/enroll/confirm": `{"challenge_token":"` + canary + `","code":"` + canary + `"}`,
	"/auth/login/password":           `{"challenge_token":"` + canary + `","new_password":"` + canary + `"}`,
	"/auth/password/strength":        `{"password":"` + canary + `","full_name":"` + canary + `"}`,
	"/auth/refresh":                  `{"refresh_token":"` + canary + `"}`,
}

func TestMalformedBodiesAreRefusedAndChangeNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		before := s.auditCount(t)
		for path, good := range bodyRoutes {
			open := strings.TrimSuffix(good, "}")
			for name, c := range map[string]struct {
				body   string
				status int
				code   string
			}{
				"cut short":         {open, 400, "bad_request"},
				"not JSON":          {canary, 400, "bad_request"},
				"nothing":           {"", 400, "bad_request"},
				"a list":            {"[" + good + "]", 422, "invalid"},
				"a string":          {`"` + canary + `"`, 422, "invalid"},
				"null":              {"null", 422, "invalid"},
				"no members":        {"{}", 422, "invalid"},
				"an unknown member": {open + `,"org_id":"` + canary + `"}`, 422, "invalid"},
				"wrong letter case": {strings.ToUpper(good[:4]) + good[4:], 422, "invalid"},
				"repeated members":  {open + "," + good[1:], 400, "bad_request"},
				"an escaped NUL":    {strings.Replace(good, canary, canary+`\u0000`, 1), 400, "bad_request"},
				"a NUL":             {strings.Replace(good, canary, canary+"\x00", 1), 400, "bad_request"},
				"invalid UTF-8":     {strings.Replace(good, canary, canary+"\xff", 1), 400, "bad_request"},
				"a lone surrogate":  {strings.Replace(good, canary, canary+`\ud800`, 1), 400, "bad_request"},
				"trailing data":     {good + good, 400, "bad_request"},
				"nested too deep":   {strings.Repeat("[", 40) + strings.Repeat("]", 40), 400, "bad_request"},
				"wrong types":       {strings.ReplaceAll(good, `"`+canary+`"`, `["`+canary+`"]`), 422, "invalid"},
				"a megabyte":        {open + strings.Repeat(" ", 1<<20) + "}", 413, "too_large"},
			} {
				if name == "wrong types" && path == "/auth/login" {
					c.body = `{"email":["` + canary + `"],"password":7}`
				}
				a := s.post(t, path, c.body)
				require.Equal(t, c.status, a.status, "%s: %s: %s", path, name, a.raw)
				a.is(c.status, c.code)
				require.NotContains(t, a.raw, canary, "%s: %s", path, name)
			}
		}
		require.Equal(t, before, s.auditCount(t))
	})
}

func TestOtherMediaTypesAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	for _, media := range []string{
		"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "text/plain", "application/cbor",
	} {
		a := s.call(t, "POST", "/api/v1/auth/login", bodyRoutes["/auth/login"], "Content-Type", media)
		require.Equal(t, http.StatusUnsupportedMediaType, a.status, media)
		a.is(415, "bad_request")
	}
	s.call(t, "POST", "/api/v1/auth/login", "{}", "Content-Encoding", "gzip").is(415, "bad_request")
	const form = "multipart/form-data; boundary=x"
	s.call(t, "PUT", "/api/v1/members/"+nobody+"/roles", "{}", "Content-Type", form).is(415, "bad_request")
	s.call(t, "POST", "/api/v1/me/avatar", "x", "Content-Type", form).is(405, "bad_request")
	s.call(t, "POST", "/api/v1/nothing", "x", "Content-Type", form).is(404, "not_found")
}

func TestAnEndlessBodyIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1/auth/login", io.LimitReader(endless{}, 64<<20))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := httpClient.Do(request)
	if err == nil { // otherwise the server closed the connection during the write
		require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
		require.NoError(t, response.Body.Close())
	}
	s.call(t, "GET", "/api/v1/health/live", nil).is(200, "")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestUnknownPathsAndMethodsAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	for _, path := range []string{
		"/api", "/api/v1", "/api/v1/", "/api/v1/nope", "/api/v1/me/", "/API/V1/ME", "/api/v1/me/sessions/x/y",
		"/docs/", "/docs/assets/..%2f..%2fgo.mod", "/docs/assets/nope.js",
	} {
		s.call(t, "GET", path, nil).is(404, "not_found")
	}
	a := s.call(t, "DELETE", "/api/v1/me", nil).is(405, "bad_request")
	require.Contains(t, a.header.Get("Allow"), "GET")
	s.call(t, "BREW", "/api/v1/me", nil).is(405, "bad_request")
	s.call(t, "GET", "/api/v1/me", nil, "X-Large", strings.Repeat("x", 32<<10)).is(431, "bad_request")
}

func TestMalformedHTTPIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	host := strings.TrimPrefix(s.url, "http://")
	body := "{}"
	for name, raw := range map[string]string{
		"two lengths": "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n" + body,
		"length and chunks": "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
			"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"two hosts":         "GET /api/v1/health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"a NUL in a header": "GET /api/v1/health/live HTTP/1.1\r\nHost: a\r\nX-A: b\x00c\r\n\r\n",
		"garbage":           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 40) + "\r\n\r\n",
		"no version":        "GET /\r\n\r\n",
		"a double slash":    "GET //api/v1/me HTTP/1.1\r\nHost: a\r\n\r\n",
		"an encoded path":   "GET /%61pi/v1/me HTTP/1.1\r\nHost: a\r\n\r\n",
		"a dotted path":     "GET /x/../api/v1/me HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", host)
			require.NoError(t, err)
			defer func() { _ = conn.Close() }()
			_, err = conn.Write([]byte(raw))
			require.NoError(t, err)
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Second)))
			answered, _ := io.ReadAll(conn)
			if len(answered) == 0 {
				return // closed
			}
			require.Equal(t, 1, bytes.Count(answered, []byte("HTTP/1.1 ")), "one answer: %s", answered)
			response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answered)), nil)
			require.NoError(t, err)
			require.GreaterOrEqual(t, response.StatusCode, 400, "%s", answered)
			require.Less(t, response.StatusCode, 500, "%s", answered)
		})
	}
	s.call(t, "GET", "/api/v1/health/live", nil).is(200, "")
}

func TestNoSecretReachesTheLog(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.signIn(t, s.enroll(t))
		s.post(t, "/auth/login", credentials(canary+"@example.org", canary)).is(401, "invalid_credentials")
		s.get(t, "/me", canary).is(401, "unauthenticated")
		log := s.log.String()
		for _, secret := range []string{ownerPassword, owner.secret, owner.access, owner.refresh, owner.recoveryCodes[0], canary} {
			require.NotContains(t, log, secret)
		}
		for line := range strings.SplitSeq(strings.TrimSpace(log), "\n") {
			a := answer{t: t, raw: line}
			require.NoError(t, decode(line, &a.body), line)
			require.Contains(t, a.body, "org_id")
			if a.body["msg"] != "audit.sealed" { // it belongs to no request and is written once a minute
				require.Contains(t, a.body, "request_id")
			}
			require.Contains(t, []any{"transactional", "audit"}, a.body["log"])
		}
	})
}

func (s *service) auditCount(t *testing.T) (count int) {
	t.Helper()
	require.NoError(t, s.app.Store.ReadOrg(t.Context(), s.app.Config.DefaultOrgID, func(tx port.OrgTx) error {
		events, err := tx.Audit().Newest(t.Context(), 10_000)
		count = len(events)
		return err
	}))
	return count
}

func TestEveryResponseHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	for name, a := range map[string]answer{
		"ok":      s.call(t, "GET", "/api/v1/health/live", nil),
		"unknown": s.call(t, "GET", "/nope", nil),
		"method":  s.call(t, "PUT", "/api/v1/me", nil),
		"token":   s.get(t, "/me", "x"),
		"size":    s.post(t, "/auth/login", fmt.Sprintf(`{"x":"%s"}`, strings.Repeat("x", 1<<20))),
	} {
		require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"), name)
		require.Equal(t, "no-referrer", a.header.Get("Referrer-Policy"), name)
		require.Contains(t, a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'", name)
		require.Equal(t, "no-store", a.header.Get("Cache-Control"), name)
		require.NotEmpty(t, a.header.Get("X-Request-Id"), name)
		require.Empty(t, a.header.Get("Server"), name)
	}
	require.Equal(t, "abcdefgh-1", s.call(t, "GET", "/nope", nil, "X-Request-Id", "abcdefgh-1").header.Get("X-Request-Id"))
	require.NotEqual(t, "a b c d e f", s.call(t, "GET", "/nope", nil, "X-Request-Id", "a b c d e f").header.Get("X-Request-Id"))
}
