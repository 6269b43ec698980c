package http

import (
	"context"
	"net"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

// Pages are pages for browsers, which another adapter serves behind the middleware of this server.
type Pages interface {
	// Mount adds their routes.
	Mount(routes fiber.Router)
	// Fail answers the request of a browser that no route has answered, with a page that says what happened.
	Fail(c *fiber.Ctx, failure error) error
}

// OriginOf returns where the request of the context comes from.
func OriginOf(ctx context.Context) domain.Origin { return requestOf(ctx).origin }

// NotePage records the route of a page and its caller, for the log.
func NotePage(ctx context.Context, route string, caller domain.Caller) {
	r := requestOf(ctx)
	r.route, r.caller = route, caller
	if caller.Org.ID != "" {
		r.org = caller.Org.ID
	}
}

// NoteFault records the cause of a failure, for the log.
func NoteFault(ctx context.Context, fault error) { requestOf(ctx).fault = fault }

// SealDecision returns the id with which the explanation of a decision can be requested.
func SealDecision(ctx context.Context, d domain.Decision) domain.DecisionID {
	return requestOf(ctx).seal(d)
}

// SlugOfHost returns the slug that a host names below the domain of the tenants, or "".
func SlugOfHost(host, tenantDomain string) string {
	if tenantDomain == "" {
		return ""
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(host, ".") // a fully qualified name ends with a dot
	slug, found := strings.CutSuffix(strings.ToLower(host), "."+tenantDomain)
	if !found || strings.Contains(slug, ".") {
		return ""
	}
	return slug
}

// uncounted are the paths whose requests count against no limit: health, keys, documentation and assets.
var uncounted = []string{base + "/health", "/docs", "/openapi.", "/.well-known/", "/assets/", "/favicon.ico"}

// ofPage reports whether only the pages can answer a path.
func (s *Server) ofPage(path string) bool {
	return s.Pages != nil && !strings.HasPrefix(path, "/api/") && !ofOAuth(path) && !hasPrefix(path, uncounted)
}

func hasPrefix(path string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

const fieldsMedia = "application/x-www-form-urlencoded"

// pageBody is the body of a form of a page. A form with a file is read by its handler.
func (s *Server) pageBody(c *fiber.Ctx) bodyKind {
	if strings.HasPrefix(strings.ToLower(c.Get(fiber.HeaderContentType)), formMedia) {
		return s.form()
	}
	return bodyKind{media: fieldsMedia, limit: s.BodyLimit}
}

// failPage answers a browser that asks for a page. It reports whether it did.
func (s *Server) failPage(c *fiber.Ctx, failure error) bool {
	if !s.ofPage(c.Path()) || !strings.Contains(c.Get(fiber.HeaderAccept), "text/html") {
		return false
	}
	return s.Pages.Fail(c, failure) == nil
}
