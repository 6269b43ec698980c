package http

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// somePages are pages whose handlers a test holds.
type somePages struct {
	entered chan struct{}
	release chan struct{}
}

func (p somePages) Mount(routes fiber.Router) {
	routes.Get("/held", func(c *fiber.Ctx) error {
		close(p.entered)
		<-p.release
		return p.show(c, 200)
	})
	routes.Get("/slow", func(c *fiber.Ctx) error {
		<-c.UserContext().Done()
		NotePage(c.UserContext(), "/slow", domain.Caller{})
		return context.Cause(c.UserContext())
	})
	routes.Get("/panic", func(*fiber.Ctx) error { panic("a page") })
}

func (p somePages) Fail(c *fiber.Ctx, _ error) error { return p.show(c, 500) }

func (p somePages) show(c *fiber.Ctx, status int) error {
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	return c.Status(status).SendString("<h1>Page</h1>")
}

func browse(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: a\r\nAccept: text/html,*/*\r\nConnection: close\r\n\r\n"
}

func TestPagesHaveTheDeadlineOfRequests(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(o *Options) { o.Pages, o.RequestTimeout = somePages{}, 50*time.Millisecond })
	replies := s.wait(t, browse("/slow"), 10*time.Second)
	require.Len(t, replies, 1)
	require.Equal(t, 500, replies[0].StatusCode)
	require.Equal(t, "<h1>Page</h1>", replies[0].raw)
	require.Contains(t, s.log.String(), `"route":"/slow"`)
	for range 2 {
		require.Equal(t, 500, s.send(t, browse("/panic"))[0].StatusCode)
	}
	s.alive(t)
}

func TestAPageThatIsBeingMadeIsSentBeforeTheServerStops(t *testing.T) {
	t.Parallel()
	pages := somePages{entered: make(chan struct{}), release: make(chan struct{})}
	s := startWith(t, func(o *Options) { o.Pages = pages })
	conn := s.dial(t)
	_, err := io.WriteString(conn, browse("/held"))
	require.NoError(t, err)
	<-pages.entered
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(t.Context()) }()
	require.Eventually(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.stopped }, 5*time.Second, time.Millisecond)
	close(pages.release)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(string(answer), "<h1>Page</h1>"), string(answer))
	require.NoError(t, <-stopped)
}

// TestPagesChangeNoOtherAnswer compares the answers of a server with pages and of one without.
func TestPagesChangeNoOtherAnswer(t *testing.T) {
	t.Parallel()
	without, with := start(t, nil), startWith(t, func(o *Options) { o.Pages = somePages{} })
	for _, raw := range []string{
		browse("/api/v1/nothing"), browse("/api/v1"), browse("/api/v1/health/live"), browse("/openapi.json"), browse("/openapi.yaml"),
		browse("/docs"), browse("/docs/nothing"),
		browse("/.well-known/jwks.json"), browse("/.well-known/webauthn"), browse("/.well-known/nothing"),
		strings.Replace(browse("/api/v1/me"), "GET", "TRACE", 1), strings.Replace(browse("/api/v1/auth/login"), "GET", "DELETE", 1),
		post("/api/v1/auth/login", "{", "Content-Length: 1", "Accept: text/html"),
		strings.Replace(browse("/nothing"), "text/html,", "application/json,", 1),
	} {
		// The first OpenAPI document takes seconds under the race detector.
		a, b := without.wait(t, raw, 20*time.Second), with.wait(t, raw, 20*time.Second)
		require.Len(t, a, 1, raw)
		require.Len(t, b, 1, raw)
		require.Equal(t, a[0].StatusCode, b[0].StatusCode, raw)
		if a[0].body["request_id"] != nil {
			for _, r := range []reply{a[0], b[0]} {
				delete(r.body, "request_id")
				delete(r.body, "instance")
			}
			require.Equal(t, a[0].body, b[0].body, raw)
		} else {
			require.Equal(t, a[0].raw, b[0].raw, raw)
		}
		for _, name := range []string{"Date", "X-Request-Id"} {
			a[0].Header.Del(name)
			b[0].Header.Del(name)
		}
		require.Equal(t, a[0].Header, b[0].Header, raw)
	}
	require.Equal(t, "<h1>Page</h1>", with.send(t, browse("/nothing"))[0].raw, "a browser gets a page")
}
