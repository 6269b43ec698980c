package http

import (
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/cors"
)

func corsConfig(origins []string) cors.Config {
	return cors.Config{
		Next:             func(c *fiber.Ctx) bool { return ofOAuth(c.Path()) }, // no page has an API key
		AllowOriginsFunc: func(origin string) bool { return slices.Contains(origins, origin) },
		AllowMethods:     "GET,HEAD,POST,PUT,PATCH,DELETE",
		AllowHeaders:     "Authorization,Content-Type,If-Match,X-Org-Id,X-Tenant-ID,X-Request-Id,X-Step-Up-Token,Traceparent,Tracestate",
		ExposeHeaders: "Allow,Content-Disposition,ETag,Location,RateLimit-Limit,RateLimit-Remaining,RateLimit-Reset,Retry-After," +
			"WWW-Authenticate,X-Account-Id,X-Account-Type,X-Org-Id,X-Request-Id",
		MaxAge: 600,
	}
}

// logRefusedOrigin logs an origin that is not in ALLOWED_ORIGINS, because the browser that blocks
// the request does not say which setting is missing.
func (s *Server) logRefusedOrigin(c *fiber.Ctx) error {
	if sent := c.Get(fiber.HeaderOrigin); sent != "" && !slices.Contains(s.AllowedOrigins, sent) {
		if origin := printableOrigin(sent); origin != "" && !s.isOwnOrigin(c, origin) && s.refusedOrigins.first(origin, s.Clock()) {
			s.Logger.WarnContext(c.UserContext(),
				"the browser will block a cross-origin request: if the origin is yours, add it to ALLOWED_ORIGINS",
				slog.String("origin", origin))
		}
	}
	return c.Next()
}

// isOwnOrigin reports whether the request comes from a page of this service.
func (s *Server) isOwnOrigin(c *fiber.Ctx, origin string) bool {
	_, host, _ := strings.Cut(origin, "://")
	return strings.EqualFold(host, string(c.Request().Header.Host())) || strings.EqualFold(origin, s.PublicURL)
}

// printableOrigin returns the origin if it has the form that browsers send (RFC 6454 §6.2), and "" otherwise.
func printableOrigin(sent string) string {
	if sent == "null" {
		return sent
	}
	parsed, err := url.Parse(sent)
	if err != nil || parsed.Host == "" || parsed.Scheme+"://"+parsed.Host != sent {
		return ""
	}
	return printable(sent, 200)
}

// At most originsLogged refused origins are logged in each originsPeriod, each of them once.
const (
	originsLogged = 10
	originsPeriod = time.Minute
)

// originLog remembers which origins were logged in the current period.
type originLog struct {
	mu     sync.Mutex
	until  time.Time
	logged map[string]bool
}

// first reports whether the origin should be logged now.
func (l *originLog) first(origin string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.After(l.until) {
		l.until, l.logged = now.Add(originsPeriod), map[string]bool{}
	}
	if l.logged[origin] || len(l.logged) >= originsLogged {
		return false
	}
	l.logged[origin] = true
	return true
}
