package page

import (
	"net/url"
	pathpkg "path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// policy lets a page load only what the service itself serves, and nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// setHeaders sets the headers of all pages. A referrer is sent to this origin only: with no-referrer, browsers would
// send Origin: null with a form.
func (r *Request) setHeaders() {
	r.c.Set("Content-Security-Policy", policy)
	r.c.Set("Referrer-Policy", "same-origin")
	r.c.Set("X-Frame-Options", "DENY")
	r.c.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	r.c.Set("Cache-Control", "no-store")
	r.c.Vary("Cookie", "Accept-Language")
	r.c.Set("Content-Language", r.Language.Tag())
}

// HideReferrer keeps the URL of a page whose query has a token out of the requests that the page makes. They still name
// the origin, which a form must.
func (r *Request) HideReferrer() { r.c.Set("Referrer-Policy", "strict-origin") }

// sameOrigin refuses posts that another site has caused. Browsers say so in Sec-Fetch-Site; of older ones, Origin must
// name this host. A client that sends neither is no browser, and has no cookie that a site could abuse.
func (s *Site) sameOrigin(r *Request) error {
	switch r.c.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return nil
	case "":
	default:
		return errCrossSite
	}
	origin := r.c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return nil
	}
	sender, err := url.Parse(origin)
	if err != nil || !strings.EqualFold(sender.Host, string(r.c.Request().Host())) {
		return errCrossSite
	}
	return nil
}

// localPath returns the path if it leads to a page of the service that needs a session, and otherwise "".
func localPath(path string) string { return pathWithin(path, "/account", "/console") }

// visitorPath returns the path if it leads to a page for visitors, and otherwise "".
func visitorPath(path string) string {
	return pathWithin(
		path, "/sign-in", "/first-run", "/forgot-password", "/reset-password", "/accept-invitation", "/confirm-email", "/org-discovery",
	)
}

// pathWithin returns the path if it leads into one of the areas, and otherwise "". Browsers treat a backslash like a slash,
// remove control characters and resolve "..", so that a path with them could lead elsewhere.
func pathWithin(path string, areas ...string) string {
	parsed, err := url.Parse(path)
	if err != nil || parsed.Host != "" || parsed.Scheme != "" || parsed.Opaque != "" || strings.ContainsAny(path, "\\\r\n\t") ||
		parsed.Path != pathpkg.Clean(parsed.Path) {
		return ""
	}
	for _, area := range areas {
		if parsed.Path == area || strings.HasPrefix(parsed.Path, area+"/") {
			return (&url.URL{Path: parsed.Path, RawQuery: parsed.RawQuery}).String()
		}
	}
	return ""
}

// ReturnTo returns where a sign-in leads: the path that the sign-in was begun from, or the account.
func (r *Request) ReturnTo() string {
	asked := r.Field("return_to")
	if asked == "" {
		asked = r.Query("return_to")
	}
	if path := localPath(asked); path != "" {
		return path
	}
	return "/account"
}
