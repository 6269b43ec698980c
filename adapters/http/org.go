package http

import (
	"context"
	"net"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

// headerOrg is what a header calls the org of the request.
func headerOrg(ctx huma.Context) string {
	for _, header := range []string{"X-Org-Id", "X-Tenant-ID"} {
		if name := ctx.Header(header); name != "" {
			return name
		}
	}
	return ""
}

// namedOrg is what the request calls its org: the header, its older name, or the host.
func (s *Server) namedOrg(ctx huma.Context) string {
	if name := headerOrg(ctx); name != "" {
		return name
	}
	if s.TenantDomain == "" {
		return ""
	}
	host := ctx.Header("Host")
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(host, ".") // a fully qualified name ends with a dot
	slug, found := strings.CutSuffix(strings.ToLower(host), "."+s.TenantDomain)
	if !found || strings.Contains(slug, ".") {
		return ""
	}
	return slug
}

// resolve turns the name into an active org. In single mode it is always the default org.
func (s *Server) resolve(ctx context.Context, name string) (domain.OrgID, error) {
	if !s.MultiTenant {
		return s.DefaultOrg, nil
	}
	if name == "" {
		return "", domain.ErrOrgRequired
	}
	org, err := s.uc.ResolveOrg.Execute(ctx, name)
	return org.ID, err
}

// demandOrg is for routes where only the request can say which org is meant.
func (s *Server) demandOrg(ctx huma.Context) (err error) {
	r := requestOf(ctx.Context())
	r.org, err = s.resolve(ctx.Context(), s.namedOrg(ctx))
	return err
}

// hintOrg is for routes whose body carries a token that knows its org: naming one is not
// needed, but naming another is refused.
func (s *Server) hintOrg(ctx huma.Context) error {
	if s.MultiTenant && s.namedOrg(ctx) == "" {
		return nil
	}
	return s.demandOrg(ctx)
}

// authenticate admits a live session whose account holds the route's permission.
func (s *Server) authenticate(ctx huma.Context, route route) error {
	if route.multi && !s.MultiTenant {
		return domain.ErrNotFound
	}
	if err := s.hintOrg(ctx); err != nil {
		return err
	}
	scheme, token, _ := strings.Cut(ctx.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return domain.ErrUnauthenticated
	}
	r := requestOf(ctx.Context())
	caller, err := s.uc.Authenticate.Execute(ctx.Context(), domain.Visitor{Origin: r.origin, Org: r.org}, auth.AuthenticateInput{Token: token, Call: s.crossing(ctx, route)})
	if err != nil {
		return err
	}
	caller.StepUp = domain.NewSecret(ctx.Header("X-Step-Up-Token"))
	r.caller, r.org = caller, caller.Org.ID
	if route.permission == "" {
		return nil
	}
	return s.uc.Permit.Execute(caller, route.permission)
}

// crossing is what the call is, where a platform operator may make it for another org: in
// multi mode, naming that org by a header, and not on a route of one's own account.
func (s *Server) crossing(ctx huma.Context, route route) string {
	if !s.MultiTenant || headerOrg(ctx) == "" || route.ownAccount() {
		return ""
	}
	return route.method + " " + route.path
}
