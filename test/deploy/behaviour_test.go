//go:build linux

package deploy

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// TestProxies starts each proxy before two replicas, and asks from outside.
func TestProxies(t *testing.T) {
	for name, proxy := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := behind(t, proxy)
			c := p.from(t, "127.0.0.1")
			t.Run("redirects to https", p.redirects)
			t.Run("passes headers", p.passesHeaders)
			t.Run("tells the address of the client", p.tellsTheAddress)
			c.signIn(t)
			t.Run("passes bodies up to the limits of the service", func(t *testing.T) { p.passesBodies(t, c) })
			t.Run("collects the requests of slow clients", p.collects)
			t.Run("passes exports", func(t *testing.T) { p.passesExports(t, c) })
			t.Run("a replaced replica costs no request", func(t *testing.T) { p.replaces(t, c) })
			t.Run("a crashed replica is left out", func(t *testing.T) { p.losesOne(t, c) })
			t.Run("without a replica", p.losesAll)
		})
	}
}

func (p *proxied) redirects(t *testing.T) {
	plain := outside(t, p.http, p.own, "127.0.0.1")
	a := plain.send("GET", "http://"+host+"/sign-in?a=b", nil)
	require.NoError(t, a.err)
	require.Equal(t, http.StatusPermanentRedirect, a.StatusCode)
	require.Regexp(t, `^https://`+host+`(:\d+)?/sign-in\?a=b$`, a.Header.Get("Location"))
}

// passesHeaders compares an answer through the proxy with that of a replica: nothing is missing, changed or there twice.
func (p *proxied) passesHeaders(t *testing.T) {
	c := p.from(t, "127.0.0.1")
	for _, path := range []string{"/api/v1/me", "/sign-in", "/.well-known/jwks.json", "/metrics", "/debug/pprof/"} {
		through := c.send("GET", "https://"+host+path, nil)
		require.NoError(t, through.err)
		direct, err := http.Get("http://" + p.replicas[0].address() + path)
		require.NoError(t, err)
		require.NoError(t, direct.Body.Close())
		require.Equal(t, direct.StatusCode, through.StatusCode, path)
		for name, values := range direct.Header {
			require.Len(t, through.Header[name], len(values), "%s: %s", path, name)
			switch name {
			case "Date", "X-Request-Id", "Set-Cookie", "Server", "Content-Length", "Content-Security-Policy":
			default:
				require.Equal(t, values, through.Header[name], "%s: %s", path, name)
			}
		}
		require.NotEmpty(t, through.Header.Get("Strict-Transport-Security"), path)
	}
	c.call("GET", "/me", nil).problem(t, 401, "unauthenticated")
	require.Contains(t, c.call("GET", "/me", nil).Header.Get("WWW-Authenticate"), "Bearer")
	c.send("GET", "https://"+host+"/metrics", nil).problem(t, 404, "not_found")

	own := uuid.NewString()
	require.Equal(t, own, c.call("GET", "/health/live", nil, "X-Request-Id", own).Header.Get("X-Request-Id"))
	require.NotEmpty(t, p.logged(t, own))
	made := c.call("GET", "/health/live", nil).Header.Get("X-Request-Id")
	require.NotEmpty(t, p.logged(t, made), "the id that the proxy made is the id in the log")
}

// logged returns the line of a replica about a request.
func (p *proxied) logged(t *testing.T, id string) (line string) {
	t.Helper()
	soon(t, "a replica logs the request "+id, func() bool {
		line = p.replicas[0].logged(id) + p.replicas[1].logged(id)
		return line != ""
	})
	return line
}

// tellsTheAddress: the service sees from where a client connects, whatever the client claims.
func (p *proxied) tellsTheAddress(t *testing.T) {
	for _, claim := range []string{"", "203.0.113.9", "127.0.0.1, 203.0.113.9", "203.0.113.9, 127.0.0.1"} {
		c, id := p.from(t, "127.0.0.7"), uuid.NewString()
		headers := []string{"X-Request-Id", id}
		if claim != "" {
			headers = append(headers, "X-Forwarded-For", claim, "Forwarded", "for="+claim, "X-Real-Ip", claim)
		}
		c.call("GET", "/me", nil, headers...).is(t, 401)
		require.Contains(t, p.logged(t, id), `"address":"127.0.0.7"`, claim)
	}
}

// passesBodies sends files and JSON of sizes around the limits. The service answers, unless a body is far too large.
func (p *proxied) passesBodies(t *testing.T, c *client) {
	const most = 10485760 // MAX_UPLOAD_BYTES
	stored := c.upload(t, most-100).is(t, 201)
	content := c.call("GET", fmt.Sprintf("/files/%s", stored.body["id"]), nil).is(t, 200)
	require.Len(t, content.raw, (most-100)/len(textLine)*len(textLine))
	c.upload(t, most+1000).problem(t, 413, "too_large")
	c.upload(t, most+3<<20).problem(t, 413, "too_large")
	large := map[string]string{"email": ownerEmail, "password": strings.Repeat("a", 600<<10)}
	c.call("POST", "/auth/login", large).problem(t, 413, "too_large")
}

// collects: clients that send their bodies slowly occupy no connection of a replica.
func (p *proxied) collects(t *testing.T) {
	const slow = 40
	var abandoned []io.Closer
	for range slow {
		conn, err := tls.Dial("tcp", p.https, &tls.Config{RootCAs: p.own.pool, ServerName: host})
		require.NoError(t, err)
		abandoned = append(abandoned, conn)
		_, err = io.WriteString(conn, "POST /api/v1/auth/login HTTP/1.1\r\nHost: "+host+
			"\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{")
		require.NoError(t, err)
	}
	time.Sleep(500 * time.Millisecond)
	connections := 0
	for _, r := range p.replicas {
		var n int
		_, err := fmt.Sscanf(scraped(t, r)["sole_http_connections"][0], "sole_http_connections %d", &n)
		require.NoError(t, err)
		connections += n
	}
	require.Less(t, connections, slow/2)
	p.from(t, "127.0.0.1").call("GET", "/health/ready", nil).is(t, 200)
	for _, conn := range abandoned {
		require.NoError(t, conn.Close())
	}
	for range 20 { // an abandoned request must not count as a failure of its replica
		time.Sleep(10 * time.Millisecond)
		p.from(t, "127.0.0.1").call("POST", "/members", newMember("nobody")).problem(t, 401, "unauthenticated")
	}
}

// passesExports requires that an export arrives whole.
func (p *proxied) passesExports(t *testing.T, c *client) {
	a := c.call("GET", "/audit-events/export?format=ndjson", nil).is(t, 200)
	require.Equal(t, "application/x-ndjson", a.Header.Get("Content-Type"))
	require.Greater(t, bytes.Count(a.raw, []byte("\n")), 2)
}

// losesOne kills a replica: a request that reaches nobody is sent to the other.
func (p *proxied) losesOne(t *testing.T, c *client) {
	p.replicas[0].kill()
	for i := range 20 {
		c.call("GET", "/me", nil).is(t, 200)
		c.call("POST", "/members", newMember(fmt.Sprintf("crash-%d", i))).is(t, 201)
	}
}

// losesAll: what the proxy answers in place of the service has the form of the service's answers.
func (p *proxied) losesAll(t *testing.T) {
	p.replicas[1].kill()
	c := p.from(t, "127.0.0.1")
	a := c.call("GET", "/me", nil).problem(t, 503, "unavailable")
	require.Equal(t, "1", a.Header.Get("Retry-After"))
	c.call("POST", "/auth/login", map[string]string{"email": ownerEmail, "password": password}).problem(t, 503, "unavailable")
}

func newMember(name string) map[string]any {
	return map[string]any{"email": name + "@example.org", "full_name": "Somebody", "temporary_password": true}
}
