package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/domain"
)

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

func showOrg(o domain.Org) org { return org{o.ID, o.Name, o.Slug, o.Status, o.CreatedAt, o.UpdatedAt} }

func showWholeOrg(o domain.Org) *wholeOrgResponse {
	return &wholeOrgResponse{etag(o.Version), showOrg(o)}
}

func (s *Server) getOwnOrg(_ context.Context, caller domain.Caller, _ *nothing) (*wholeOrgResponse, error) {
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

func (s *Server) updateOwnOrg(ctx context.Context, caller domain.Caller, in *updateOwnOrgRequest) (*wholeOrgResponse, error) {
	return s.changeOrg(ctx, caller, caller.Org.ID, in.Body, in.Conditional)
}

func (s *Server) changeOrg(ctx context.Context, caller domain.Caller, id domain.OrgID, change orgChange, condition Conditional) (*wholeOrgResponse, error) {
	input := orgs.UpdateInput{Org: id, Change: domain.OrgChange(change), IfMatch: condition.versions()}
	changed, err := s.uc.UpdateOrg.Execute(ctx, caller, input)
	return showWholeOrg(changed), err
}

type listOrgsRequest struct {
	Paging
	Q      string `query:"q" maxLength:"200" doc:"A part of the name or of the slug, in any letter case."`
	Status string `query:"status" enum:"active,suspended" doc:"The status of the org."`
}

type orgsResponse struct{ Body page[org] }

func (s *Server) listOrgs(ctx context.Context, caller domain.Caller, in *listOrgsRequest) (*orgsResponse, error) {
	filter := domain.OrgFilter{Text: in.Q, Status: domain.Status(in.Status)}
	scope := cursorScope{"list-orgs", caller.Org.ID, filter}
	after, err := openCursor[domain.OrgID](s.cursors, scope, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, more, err := s.uc.ListOrgs.Execute(ctx, platform.ListOrgsInput{Filter: filter, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	shown, err := pageOf(s.cursors, scope, found, more, showOrg, func(o domain.Org) domain.OrgID { return o.ID })
	return &orgsResponse{shown}, err
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

func (s *Server) createOrg(ctx context.Context, caller domain.Caller, in *createOrgRequest) (*createdOrgResponse, error) {
	made, err := s.uc.CreateOrg.Execute(ctx, caller, platform.CreateOrgInput{
		Name: in.Body.Name, Slug: in.Body.Slug, OwnerEmail: in.Body.Owner.Email, OwnerName: in.Body.Owner.FullName,
	})
	o, owner := made.Org, createdOwner{made.Owner.ID, made.Owner.Email, made.Password.Reveal()}
	return &createdOrgResponse{etag(o.Version), createdOrg{o.ID, o.Name, o.Slug, o.Status, o.CreatedAt, o.UpdatedAt, owner}}, err
}

type orgRequest struct {
	ID string `path:"id" maxLength:"64" doc:"The org's id."`
}

func (s *Server) getOrg(ctx context.Context, _ domain.Caller, in *orgRequest) (*wholeOrgResponse, error) {
	id, err := domain.ParseID[domain.OrgID](in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.uc.GetOrg.Execute(ctx, id)
	return showWholeOrg(found), err
}

type updateOrgRequest struct {
	Conditional
	ID   string `path:"id" maxLength:"64" doc:"The org's id."`
	Body orgChange
}

func (s *Server) updateOrg(ctx context.Context, caller domain.Caller, in *updateOrgRequest) (*wholeOrgResponse, error) {
	id, err := domain.ParseID[domain.OrgID](in.ID)
	if err != nil {
		return nil, err
	}
	return s.changeOrg(ctx, caller, id, in.Body, in.Conditional)
}

func (s *Server) suspendOrg(ctx context.Context, caller domain.Caller, in *orgRequest) (*wholeOrgResponse, error) {
	return s.changeStanding(ctx, caller, in.ID, domain.StatusSuspended)
}

func (s *Server) activateOrg(ctx context.Context, caller domain.Caller, in *orgRequest) (*wholeOrgResponse, error) {
	return s.changeStanding(ctx, caller, in.ID, domain.StatusActive)
}

func (s *Server) changeStanding(ctx context.Context, caller domain.Caller, raw string, status domain.Status) (*wholeOrgResponse, error) {
	id, err := domain.ParseID[domain.OrgID](raw)
	if err != nil {
		return nil, err
	}
	changed, err := s.uc.ChangeStanding.Execute(ctx, caller, id, status)
	return showWholeOrg(changed), err
}
