package http

import (
	"context"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

// orgDirectoryAPI finds the org to sign in at.
type orgDirectoryAPI struct{ uc auth.UseCases }

func (a orgDirectoryAPI) mount(s *Server) {
	t := table{server: s, tag: "Sign-in"}
	open(t, "GET /auth/orgs/resolve", route{id: "resolve-org", fails: []int{403, 404}}, a.resolve)
	open(t, "POST /auth/org-discovery", route{id: "discover-orgs", status: 202}, a.discover)
}

type resolveOrgRequest struct {
	Org string `query:"org" required:"true" maxLength:"63" doc:"An org's id or slug."`
}

type orgResponse struct{ Body orgSummary }

func (a orgDirectoryAPI) resolve(ctx context.Context, _ domain.Visitor, in *resolveOrgRequest) (*orgResponse, error) {
	org, err := a.uc.ResolveOrg.Execute(ctx, in.Org)
	return &orgResponse{Body: summarizeOrg(org)}, err
}

func (a orgDirectoryAPI) discover(ctx context.Context, visitor domain.Visitor, in *addressRequest) (*nothing, error) {
	return nil, a.uc.DiscoverOrgs.Execute(ctx, visitor, in.Body.Email)
}
