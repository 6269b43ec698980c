package http

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

// admission decides, before the body is read, who makes a request and for which org.
type admission struct {
	resolveOrg   auth.ResolveOrg
	authenticate auth.Authenticate
	multiTenant  bool
	defaultOrg   domain.OrgID // of every request unless multiTenant
	tenantDomain string       // slug.<tenantDomain> names an org; empty: hosts name no org
}

// headerOrg returns the org that a header names, or "".
func headerOrg(ctx huma.Context) string {
	for _, header := range []string{"X-Org-Id", "X-Tenant-ID"} {
		if name := ctx.Header(header); name != "" {
			return name
		}
	}
	return ""
}

// namedOrg returns the org that the request names in a header or, without one, in its host.
func (a admission) namedOrg(ctx huma.Context) string {
	if name := headerOrg(ctx); name != "" {
		return name
	}
	return SlugOfHost(ctx.Header("Host"), a.tenantDomain)
}

// resolve returns the id of the active org with this name. In single mode it is always the default org.
func (a admission) resolve(ctx context.Context, name string) (domain.OrgID, error) {
	if !a.multiTenant {
		return a.defaultOrg, nil
	}
	if name == "" {
		return "", domain.ErrOrgRequired
	}
	org, err := a.resolveOrg.Execute(ctx, name)
	return org.ID, err
}

// demandOrg admits requests that name an active org.
func (a admission) demandOrg(ctx huma.Context) (err error) {
	r := requestOf(ctx.Context())
	r.org, err = a.resolve(ctx.Context(), a.namedOrg(ctx))
	return err
}

// hintOrg admits requests that name no org or an active one.
func (a admission) hintOrg(ctx huma.Context) error {
	if a.multiTenant && a.namedOrg(ctx) == "" {
		return nil
	}
	return a.demandOrg(ctx)
}

// admitCaller admits requests with a live session, or an API key, that has what the route needs.
func (a admission) admitCaller(ctx huma.Context, route route) error {
	if route.multi && !a.multiTenant {
		return domain.ErrNotFound
	}
	if err := a.hintOrg(ctx); err != nil {
		return err
	}
	scheme, token, _ := strings.Cut(ctx.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return domain.ErrUnauthenticated
	}
	r := requestOf(ctx.Context())
	visitor := domain.Visitor{Origin: r.origin, Org: r.org}
	caller, err := a.authenticate.Execute(ctx.Context(), visitor, auth.AuthenticateInput{Token: token, Call: a.crossing(ctx, route)})
	if err != nil {
		return err
	}
	caller.StepUp = domain.NewSecret(ctx.Header("X-Step-Up-Token"))
	r.caller, r.org = caller, caller.Org.ID
	return route.needs.Check(caller)
}

// crossing returns the method and the path of a request that a platform operator may make for another
// org: in multi mode, with a header that names the org, on any route but those of the own account.
func (a admission) crossing(ctx huma.Context, route route) string {
	if !a.multiTenant || headerOrg(ctx) == "" || route.needs.OwnAccount {
		return ""
	}
	return route.method + " " + route.path
}
