package http

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

// recovered turns a panic into an error, which is answered with 500 and whose cause is only logged.
func (s *Server) recovered(c *fiber.Ctx) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return c.Next()
}

// setHeaders sets the headers of every response. Caching is off, because most responses contain
// tokens or personal data; the few that can be cached replace that header.
func (s *Server) setHeaders(c *fiber.Ctx) {
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Referrer-Policy", "no-referrer")
	c.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Cache-Control", "no-store")
	if ofOAuth(c.Path()) {
		c.Set("Pragma", "no-cache") // RFC 6749 §5.1
	}
	if s.leaving.Load() {
		c.Context().SetConnectionClose()
	}
	if s.EnableHSTS {
		c.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// bound sets the deadline of the request. It runs after the body has arrived. If the handler reads the
// body, the deadline is later by the time that the upload may take.
func (s *Server) bound(c *fiber.Ctx) error {
	limit := s.RequestTimeout
	if want := s.wanted(c); want.streamed {
		limit += s.uploadTime(want)
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), limit)
	defer cancel()
	c.SetUserContext(ctx)
	return c.Next()
}

// limitRequests limits the requests of a client network.
func (s *Server) limitRequests(c *fiber.Ctx) error {
	path := c.Path()
	switch {
	case s.Requests == nil || hasPrefix(path, uncounted):
		return c.Next()
	case path == introspectPath:
		return s.limitIntrospections(c)
	case !strings.HasPrefix(path, "/api/") && !ofOAuth(path) && !s.ofPage(path):
		return c.Next()
	}
	if err := s.takeRequest(c); err != nil {
		return err
	}
	return c.Next()
}

// takeRequest counts the request and returns ErrRateLimited once its network is over the limit.
func (s *Server) takeRequest(c *fiber.Ctx) error {
	verdict := s.Requests.Take(requestOf(c.UserContext()).origin.Network())
	c.Set("RateLimit-Limit", strconv.Itoa(verdict.Limit))
	c.Set("RateLimit-Remaining", strconv.Itoa(verdict.Remaining))
	c.Set("RateLimit-Reset", seconds(verdict.Reset))
	if !verdict.Allowed {
		return domain.ErrRateLimited.RetryIn(verdict.Reset)
	}
	return nil
}

// seconds returns the duration in whole seconds, rounded up (delta-seconds of RFC 9110 §10.2.3).
func seconds(d time.Duration) string {
	return strconv.Itoa(int(math.Ceil(d.Seconds())))
}
