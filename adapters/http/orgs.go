package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/domain"
)

// orgsAPI manages all orgs of a deployment with several.
type orgsAPI struct {
	uc     platform.UseCases
	update orgs.UpdateAny
	lists  Cursors
}

func (a orgsAPI) mount(s *Server) {
	t := table{server: s, tag: "Platform"}
	secured(t, "GET /orgs", platform.ListOrgsNeeds, route{id: "list-orgs", multi: true}, a.list)
	secured(t, "POST /orgs", platform.CreateOrgNeeds, route{id: "create-org", multi: true, status: 201, fails: []int{409}}, a.create)
	secured(t, "GET /orgs/{id}", platform.GetOrgNeeds, route{id: "get-org", multi: true}, byID(a.get))
	secured(t, "PATCH /orgs/{id}", orgs.UpdateAnyNeeds, route{id: "update-any-org", multi: true, fails: []int{409}}, byID(a.change))
	secured(t, "POST /orgs/{id}/suspend", platform.ChangeStandingNeeds, route{
		id: "suspend-org", multi: true, fails: []int{409},
	}, byID(a.changeStanding(domain.StatusSuspended)))
	secured(t, "POST /orgs/{id}/activate", platform.ChangeStandingNeeds, route{
		id: "activate-org", multi: true,
	}, byID(a.changeStanding(domain.StatusActive)))
}

type listOrgsRequest struct {
	Paging
	Q      string `query:"q" maxLength:"200" doc:"A part of the name or of the slug, in any letter case."`
	Status string `query:"status" enum:"active,suspended" doc:"The status of the org."`
}

type orgsResponse struct{ Body page[org] }

func (a orgsAPI) list(ctx context.Context, caller domain.Caller, in *listOrgsRequest) (*orgsResponse, error) {
	filter := domain.OrgFilter{Text: in.Q, Status: domain.Status(in.Status)}
	all := a.lists.list("list-orgs", caller.Org.ID, filter)
	shown, err := pageOf(all, in.Cursor, showOrg, func(after domain.OrgID) ([]domain.Org, *domain.OrgID, error) {
		found, more, err := a.uc.ListOrgs.Execute(ctx, caller, platform.ListOrgsInput{Filter: filter, After: after, Limit: in.Limit})
		return found, nextPlace(found, more, func(o domain.Org) domain.OrgID { return o.ID }), err
	})
	return &orgsResponse{Body: shown}, err
}

type createOrgRequest struct {
	Body struct {
		Name  string `json:"name" minLength:"1" maxLength:"200" example:"Acme Inc."`
		Slug  string `json:"slug" minLength:"2" maxLength:"63" example:"acme-inc" doc:"Lower-case letters, digits and inner hyphens."`
		Owner struct {
			Email    string `json:"email" maxLength:"254" example:"owner@example.org"`
			FullName string `json:"full_name" minLength:"1" maxLength:"200"`
		} `json:"owner" doc:"The first owner."`
	}
}

type createdOrgResponse struct {
	ETag string `header:"ETag"`
	Body createdOrg
}

type createdOrg struct {
	ID        domain.OrgID  `json:"id"`
	Name      string        `json:"name"`
	Slug      domain.Slug   `json:"slug"`
	Status    domain.Status `json:"status" enum:"active,suspended"`
	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
	Owner     createdOwner  `json:"owner"`
}

type createdOwner struct {
	ID                domain.UserID `json:"id"`
	Email             domain.Email  `json:"email"`
	TemporaryPassword string        `json:"temporary_password" doc:"Shown only once; it must be changed at the first sign-in."`
}

func (a orgsAPI) create(ctx context.Context, caller domain.Caller, in *createOrgRequest) (*createdOrgResponse, error) {
	made, err := a.uc.CreateOrg.Execute(ctx, caller, platform.CreateOrgInput{
		Name: in.Body.Name, Slug: in.Body.Slug, OwnerEmail: in.Body.Owner.Email, OwnerName: in.Body.Owner.FullName,
	})
	o := made.Org
	return &createdOrgResponse{ETag: etag(o.Version), Body: createdOrg{
		ID: o.ID, Name: o.Name, Slug: o.Slug, Status: o.Status, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt,
		Owner: createdOwner{ID: made.Owner.ID, Email: made.Owner.Email, TemporaryPassword: made.Password.Reveal()},
	}}, err
}

// OrgPath names an org.
type OrgPath struct {
	ID string `path:"id" maxLength:"64" doc:"The org's id."`
}

func (p OrgPath) id() (domain.OrgID, error) { return domain.ParseID[domain.OrgID](p.ID) }

func (a orgsAPI) get(ctx context.Context, caller domain.Caller, id domain.OrgID, _ *OrgPath) (*wholeOrgResponse, error) {
	found, err := a.uc.GetOrg.Execute(ctx, caller, id)
	return showWholeOrg(found), err
}

type updateOrgRequest struct {
	Conditional
	OrgPath
	Body orgChange
}

func (a orgsAPI) change(ctx context.Context, caller domain.Caller, id domain.OrgID, in *updateOrgRequest) (*wholeOrgResponse, error) {
	input := orgs.UpdateInput{Change: domain.OrgChange(in.Body), IfMatch: in.versions()}
	changed, err := a.update.Execute(ctx, caller, id, input)
	return showWholeOrg(changed), err
}

func (a orgsAPI) changeStanding(
	status domain.Status,
) func(context.Context, domain.Caller, domain.OrgID, *OrgPath) (*wholeOrgResponse, error) {
	return func(ctx context.Context, caller domain.Caller, id domain.OrgID, _ *OrgPath) (*wholeOrgResponse, error) {
		changed, err := a.uc.ChangeStanding.Execute(ctx, caller, id, status)
		return showWholeOrg(changed), err
	}
}
