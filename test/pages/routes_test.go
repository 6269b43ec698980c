package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/web"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/domain"
)

// route is a row of the route table of the pages.
type route struct{ method, path string }

// routes returns the route table of the pages.
func routes() (all []route) {
	app := fiber.New()
	web.New(web.UseCases{}, page.Options{MultiTenant: true}).Mount(app)
	for _, r := range app.GetRoutes(true) {
		if r.Method != http.MethodHead {
			all = append(all, route{r.Method, r.Path})
		}
	}
	return all
}

// at returns the path of a route with an id in the place of each parameter.
func (r route) at(id string) string {
	parts := strings.Split(r.path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") {
			parts[i] = id
		}
	}
	return strings.Join(parts, "/")
}

// forVisitors lists what a visitor may open or post.
var forVisitors = []string{
	"/", "/assets/:file", "/favicon.ico", "/language",
	"/sign-in", "/reset-password", "/forgot-password", "/accept-invitation", "/confirm-email", "/org-discovery", "/first-run", "/logo",
}

func (r route) isForVisitors() bool {
	return slices.Contains(forVisitors, r.path) || strings.HasPrefix(r.path, "/sign-in/")
}

func TestEveryPageAsksVisitorsToSignInAndLeadsBack(t *testing.T) {
	t.Parallel()
	s := embeddedWith(t, multi)
	visitor, id := s.client(t, nil), uuid.NewString()
	for _, r := range routes() {
		if r.isForVisitors() {
			continue
		}
		p := visitor.send(r.method, r.at(id), "", "Sec-Fetch-Site", "same-origin")
		require.Equal(t, http.StatusSeeOther, p.status, "%s %s: %s", r.method, r.path, p.text)
		to, err := url.Parse(p.to())
		require.NoError(t, err)
		require.Equal(t, "/sign-in", to.Path, r)
		if r.method == http.MethodGet && r.path != "/console" {
			require.Equal(t, r.at(id), to.Query().Get("return_to"), r)
		}
	}
}

// TestEveryRouteAnswersEveryRole sends everything that there is, with ids of nothing, as every role.
func TestEveryRouteAnswersEveryRole(t *testing.T) {
	t.Parallel()
	s := embeddedWith(t, multi)
	o := s.newOrg(t, "Acme", "acme-inc")
	people := map[string]*client{"visitor": o.client(t, nil), "operator": s.client(t, s.founder())}
	for _, role := range []string{domain.RoleOwner, domain.RoleAdmin, domain.RoleAuditor, domain.RoleMember} {
		people[role] = o.client(t, o.newPerson(t, "A "+role, role))
	}
	for _, r := range routes() {
		for role, c := range people {
			if r.path == "/sign-out" {
				continue
			}
			for _, id := range []string{"00000000-0000-4000-8000-00000000dead", "nobody", "%00", "..%2Faccount"} {
				p := c.send(r.method, r.at(id), "", "Sec-Fetch-Site", "same-origin", "Content-Type", "application/x-www-form-urlencoded")
				require.Less(t, p.status, 500, "%s %s as %s: %s", r.method, r.at(id), role, p.text)
				if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
					require.Contains(t, p.header.Get("Content-Security-Policy"), "default-src 'none'", r)
					require.Equal(t, "nosniff", p.header.Get("X-Content-Type-Options"), r)
					continue
				}
				p.isGuarded(t, r)
			}
		}
	}
	require.NotContains(t, s.log.String(), "panic")
}

// isGuarded requires the headers that keep a page out of frames, caches and other origins.
func (p answered) isGuarded(t *testing.T, where any) {
	t.Helper()
	policy := p.header.Get("Content-Security-Policy")
	for _, directive := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
		require.Contains(t, policy, directive, where)
	}
	require.NotContains(t, policy, "unsafe", where)
	require.NotContains(t, policy, "http", where)
	require.Equal(t, "no-store", p.header.Get("Cache-Control"), where)
	require.Equal(t, "DENY", p.header.Get("X-Frame-Options"), where)
	require.Equal(t, "nosniff", p.header.Get("X-Content-Type-Options"), where)
	require.Contains(t, []string{"same-origin", "strict-origin", "no-referrer"}, p.header.Get("Referrer-Policy"), where)
}
