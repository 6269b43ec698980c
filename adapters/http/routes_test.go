package http

import (
	"context"
	"errors"
	nethttp "net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
)

// beside are the documents that the OpenAPI document does not describe.
var beside = []string{
	"/", "/.well-known/jwks.json", "/.well-known/webauthn",
	"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/openapi.json", "/openapi.yaml",
	"/docs", "/docs/start.js", "/docs/assets/:file",
	"/reset-password", "/reset-password/page.js", "/reset-password/page.css",
	"/confirm-email", "/confirm-email/page.js", "/confirm-email/page.css",
	"/accept-invitation", "/accept-invitation/page.js", "/accept-invitation/page.css",
}

func TestNoRouteIsUndescribed(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	var undescribed []string
	described := 0
	for _, r := range s.app.GetRoutes(true) {
		path := regexp.MustCompile(`:(\w+)`).ReplaceAllString(r.Path, "{$1}")
		item := s.OpenAPI().Paths[path]
		if item != nil && operationsOf(item)[r.Method] != nil {
			described++
			continue
		}
		if r.Method == nethttp.MethodHead && slices.Contains(beside, r.Path) {
			continue // Fiber adds it to GET
		}
		undescribed = append(undescribed, r.Method+" "+r.Path)
	}
	var want []string
	for _, path := range beside {
		want = append(want, "GET "+path)
	}
	require.ElementsMatch(t, want, undescribed)
	require.Greater(t, described, 10)
}

// TestNoRouteIsShadowed: the router takes the first route that matches, so a route with a parameter
// must come after those that have a fixed text in its place.
func TestNoRouteIsShadowed(t *testing.T) {
	t.Parallel()
	s := describedServer()
	mounted := s.app.GetRoutes(true)
	for i, later := range mounted {
		path := regexp.MustCompile(`:\w+`).ReplaceAllString(later.Path, "any")
		for _, earlier := range mounted[:i] {
			if earlier.Method == later.Method && fiber.RoutePatternMatch(path, earlier.Path, s.app.Config()) {
				t.Errorf("mount %s %s before %s", later.Method, later.Path, earlier.Path)
			}
		}
	}
}

// TestOnlyTheseRoutesAreOpen finds a route that was mounted as open by mistake.
func TestOnlyTheseRoutesAreOpen(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	var open []string
	for path, item := range s.OpenAPI().Paths {
		for method, o := range operationsOf(item) {
			if o == nil {
				continue
			}
			require.Contains(t, []access{accessOpen, accessVisitor, accessAccount, accessClient}, o.Extensions["x-access"], path)
			if o.Extensions["x-access"] == accessClient {
				require.Equal(t, []map[string][]string{{basic: {}}}, o.Security, path)
				continue
			}
			if o.Extensions["x-access"] != accessAccount {
				require.Empty(t, o.Security, path)
				open = append(open, method+" "+path)
				continue
			}
			require.Equal(t, []map[string][]string{{bearer: {}}}, o.Security, path)
		}
	}
	for _, route := range open {
		_, path, _ := strings.Cut(route, " ")
		require.True(t, strings.HasPrefix(path, base+"/auth/") || strings.HasPrefix(path, base+"/health"), "%s is open", route)
	}
}

func TestTheDescriptionSaysHowToNameTheOrg(t *testing.T) {
	t.Parallel()
	for path, item := range start(t, nil).OpenAPI().Paths {
		for _, o := range operationsOf(item) {
			if o == nil {
				continue
			}
			named := slices.ContainsFunc(o.Parameters, func(p *huma.Param) bool { return p.Ref == parameterPrefix+"OrgId" })
			require.Equal(t, !strings.HasPrefix(path, base+"/health"), named, path)
		}
	}
}

func TestHealthDistinguishesDownFromDegraded(t *testing.T) {
	t.Parallel()
	up := func(context.Context) error { return nil }
	down := func(context.Context) error { return errors.New("dial postgres://sole:" + canary + "@h: refused") }
	stuck := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for name, c := range map[string]struct {
		database, cache func(context.Context) error
		status          string
		health, ready   int
	}{
		"all up":         {up, up, "ok", 200, 200},
		"cache down":     {up, down, "degraded", 200, 200},
		"database down":  {down, up, "unavailable", 503, 503},
		"both down":      {down, down, "unavailable", 503, 503},
		"database stuck": {stuck, up, "unavailable", 503, 503},
	} {
		t.Run(name, func(t *testing.T) {
			s := startWith(t, func(o *Options) {
				o.Checks = []port.Check{{Name: "cache", Optional: true, Ask: c.cache}, {Name: "database", Ask: c.database}}
			})
			for path, status := range map[string]int{"": c.health, "/ready": c.ready, "/live": 200} {
				started := time.Now()
				replies := s.wait(t, "GET /api/v1/health"+path+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 4*time.Second)
				require.Len(t, replies, 1, path)
				require.Equal(t, status, replies[0].StatusCode, path)
				require.Less(t, time.Since(started), 3*time.Second)
				require.NotContains(t, replies[0].raw, canary)
				switch {
				case path == "":
					require.Equal(t, c.status, replies[0].body["status"])
				case path == "/ready" && status == 503:
					replies[0].isProblem(t, path)
					require.Equal(t, "unavailable", replies[0].body["code"])
					require.NotEmpty(t, replies[0].Header.Get("Retry-After"))
				}
			}
		})
	}
}
