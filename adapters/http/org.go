package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// orgAPI shows and renames the org of the caller.
type orgAPI struct{ update orgs.Update }

func (a orgAPI) mount(s *Server) {
	t := table{server: s, tag: "Org"}
	secured(t, "GET /org", proof.SignedIn, route{id: "org"}, a.get)
	secured(t, "PATCH /org", orgs.UpdateNeeds, route{id: "update-org", fails: []int{409}}, a.change)
}

type org struct {
	ID        domain.OrgID  `json:"id"`
	Name      string        `json:"name"`
	Slug      domain.Slug   `json:"slug" doc:"The name of the org in headers and host names."`
	Status    domain.Status `json:"status" enum:"active,suspended"`
	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
}

type wholeOrgResponse struct {
	ETag string `header:"ETag"`
	Body org
}

func showOrg(o domain.Org) org {
	return org{ID: o.ID, Name: o.Name, Slug: o.Slug, Status: o.Status, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt}
}

func showWholeOrg(o domain.Org) *wholeOrgResponse {
	return &wholeOrgResponse{ETag: etag(o.Version), Body: showOrg(o)}
}

type orgSummary struct {
	ID   domain.OrgID `json:"id"`
	Name string       `json:"name"`
	Slug domain.Slug  `json:"slug"`
}

func summarizeOrg(o domain.Org) orgSummary { return orgSummary{ID: o.ID, Name: o.Name, Slug: o.Slug} }

func (a orgAPI) get(_ context.Context, caller domain.Caller, _ *nothing) (*wholeOrgResponse, error) {
	return showWholeOrg(caller.Org), nil
}

type orgChange struct {
	Name *string `json:"name,omitempty" minLength:"1" maxLength:"200" example:"Acme Inc."`
	Slug *string `json:"slug,omitempty" minLength:"2" maxLength:"63" example:"acme-inc"`
}

type updateOwnOrgRequest struct {
	Conditional
	Body orgChange
}

func (a orgAPI) change(ctx context.Context, caller domain.Caller, in *updateOwnOrgRequest) (*wholeOrgResponse, error) {
	input := orgs.UpdateInput{Change: domain.OrgChange(in.Body), IfMatch: in.versions()}
	changed, err := a.update.Execute(ctx, caller, input)
	return showWholeOrg(changed), err
}
