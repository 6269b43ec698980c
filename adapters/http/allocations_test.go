package http

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// someone is a store with one account, which has a session, and the access tokens of that session. Neither allocates
// memory, so that tests can count what the server needs.
type someone struct {
	port.Store
	port.AccessTokens
	principal domain.Principal
	claims    port.AccessClaims
}

func (s *someone) Verify(string, time.Time) (port.AccessClaims, error) { return s.claims, nil }

func (s *someone) Principal(context.Context, domain.OrgID, domain.SessionID) (domain.Principal, error) {
	return s.principal, nil
}

// unlimited is a request limiter that allows everything.
type unlimited struct{}

func (unlimited) Take(string) port.RateVerdict {
	return port.RateVerdict{Allowed: true, Limit: 60, Remaining: 59, Reset: time.Minute}
}

// newSignedIn returns a server and the head of requests of its only account.
func newSignedIn(t testing.TB) (s *Server, headers string) {
	t.Helper()
	now := time.Now().UTC()
	user, err := domain.NewUser(domain.UserID(uuid.NewString()), "someone@example.org", "Some One", now)
	require.NoError(t, err)
	limits := domain.ServerLimits{SessionTimeout: time.Hour, SessionLifetime: time.Hour}
	org := domain.Org{ID: domain.OrgID(uuid.NewString()), Name: "Acme", Slug: "acme", Status: domain.StatusActive}
	who := &someone{principal: domain.Principal{
		Org: org, User: user, Settings: domain.DefaultOrgSettings(limits, now), Roles: []domain.Role{{Name: domain.RoleMember, System: true}},
		Session: domain.Session{
			ID: domain.SessionID(uuid.NewString()), User: user.ID, AMR: []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode},
			AuthTime: now, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
		},
	}}
	who.claims = port.AccessClaims{Subject: user.ID, Org: org.ID, Session: who.principal.Session.ID}
	uc := UseCases{Auth: auth.UseCases{Authenticate: auth.Authenticate{
		Bearers: proof.Bearers{Store: who, Access: who, Limits: limits}, Clock: time.Now,
	}}}
	s = New(uc, Options{
		Version: "test", DefaultOrg: org.ID, RequestTimeout: 10 * time.Second, BodyLimit: 512 << 10, Requests: unlimited{},
		NewID: uuid.NewString, Clock: time.Now, JWKS: func() []byte { return []byte("{}") },
		Logger: slog.New(slog.NewJSONHandler(io.Discard, nil)), //nolint:sloglint // writing the line is part of a request
	})
	return s, "Host: id.example.org\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0)\r\nAccept: */*\r\nAuthorization: Bearer " +
		strings.Repeat("x", 800) + "\r\n\r\n"
}

// repeated is a connection on which a client sends one request many times and discards the responses.
type repeated struct {
	net.Conn
	request       string
	left          *strings.Reader
	times         int
	written       int
	firstResponse []byte
}

func (c *repeated) Read(p []byte) (int, error) {
	if c.left == nil || c.left.Len() == 0 {
		if c.times--; c.times < 0 {
			return 0, io.EOF
		}
		c.left = strings.NewReader(c.request)
	}
	return c.left.Read(p)
}

func (c *repeated) Write(p []byte) (int, error) {
	if c.firstResponse == nil {
		c.firstResponse = bytes.Clone(p)
	}
	c.written += len(p)
	return len(p), nil
}

func (*repeated) Close() error        { return nil }
func (*repeated) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000} }
func (*repeated) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 50000}
}
func (*repeated) SetDeadline(time.Time) error      { return nil }
func (*repeated) SetReadDeadline(time.Time) error  { return nil }
func (*repeated) SetWriteDeadline(time.Time) error { return nil }

// TestARequestAllocatesLittle: the bounds are a fifth above what the requests needed when they were set. Memory that requests
// allocate costs the most after the system calls, because it must be collected.
func TestARequestAllocatesLittle(t *testing.T) {
	info, _ := debug.ReadBuildInfo()
	if slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("the race detector allocates, too")
	}
	const requests = 500
	for path, most := range map[string]float64{"/api/v1/me": 46, "/api/v1/health/live": 32, "/.well-known/jwks.json": 25} {
		s, headers := newSignedIn(t)
		allocations := testing.AllocsPerRun(3, func() {
			c := &repeated{request: "GET " + path + " HTTP/1.1\r\n" + headers, times: requests}
			require.NoError(t, s.app.Server().ServeConn(c))
			require.Contains(t, string(c.firstResponse), " 200 OK")
		}) / requests
		require.LessOrEqual(t, allocations, most, path)
		require.Greater(t, allocations, most/2, "%s needs less now: lower its bound", path)
	}
}

func BenchmarkRequest(b *testing.B) {
	for _, path := range []string{"/api/v1/me", "/api/v1/health/live", "/.well-known/jwks.json"} {
		b.Run(path, func(b *testing.B) {
			s, headers := newSignedIn(b)
			c := &repeated{request: "GET " + path + " HTTP/1.1\r\n" + headers, times: b.N}
			b.ReportAllocs()
			b.ResetTimer()
			require.NoError(b, s.app.Server().ServeConn(c))
			require.Contains(b, string(c.firstResponse), " 200 OK")
		})
	}
}
