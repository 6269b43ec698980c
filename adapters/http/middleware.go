package http

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

// recovered turns a panic into a 500 whose cause is in the log only.
func (s *Server) recovered(c *fiber.Ctx) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return c.Next()
}

// setHeaders sets what holds for every answer. Nothing is to be cached: most answers carry
// tokens or personal data; the few that may be say so themselves.
func (s *Server) setHeaders(c *fiber.Ctx) {
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Referrer-Policy", "no-referrer")
	c.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Cache-Control", "no-store")
	if s.EnableHSTS {
		c.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// bound gives the request its deadline, from the moment that it is there whole; one whose
// body is still on its way has the time that this takes, too.
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

// limitRequests counts requests per client address. Health, keys and documentation are free.
func (s *Server) limitRequests(c *fiber.Ctx) error {
	path := c.Path()
	if s.RequestsPerAddr.Max == 0 || !strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/api/v1/health") {
		return c.Next()
	}
	ctx := c.UserContext()
	verdict, err := s.Limiter.Take(ctx, "requests:"+requestOf(ctx).origin.Network(), s.RequestsPerAddr)
	if err != nil {
		s.Logger.WarnContext(ctx, "the request limit could not be asked", slog.Any("error", err))
		return c.Next()
	}
	c.Set("RateLimit-Limit", strconv.Itoa(verdict.Limit))
	c.Set("RateLimit-Remaining", strconv.Itoa(verdict.Remaining))
	c.Set("RateLimit-Reset", seconds(verdict.Reset))
	if !verdict.Allowed {
		return domain.ErrRateLimited.RetryIn(verdict.Reset)
	}
	return c.Next()
}

// seconds rounds up, as delta-seconds of RFC 9110 §10.2.3.
func seconds(d time.Duration) string {
	return strconv.Itoa(int(math.Ceil(d.Seconds())))
}
