package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/roles"
	"github.com/sole-platform/sole/domain"
)

type role struct {
	ID          domain.RoleID       `json:"id"`
	Name        string              `json:"name"`
	Description string              `json:"description"`
	System      bool                `json:"system" doc:"System roles are the same in every org and cannot be changed."`
	Admin       bool                `json:"admin" doc:"Whether accounts with this role need a second factor."`
	Permissions []domain.Permission `json:"permissions"`
	CreatedAt   time.Time           `json:"created_at"`
}

type roleResponse struct {
	ETag string `header:"ETag"`
	Body role
}

func showRole(r domain.Role, org domain.Org) role {
	return role{
		ID: r.ID, Name: r.Name, Description: r.Description, System: r.System, Admin: r.Admin(),
		Permissions: listed(r.Permissions(org)), CreatedAt: r.CreatedAt,
	}
}

func showWholeRole(r domain.Role, caller domain.Caller) *roleResponse {
	return &roleResponse{etag(r.Version), showRole(r, caller.Org)}
}

func summarize(held []domain.Role) []roleSummary {
	summaries := make([]roleSummary, len(held))
	for i, r := range held {
		summaries[i] = roleSummary{r.ID, r.Name, r.System}
	}
	return summaries
}

type rolesResponse struct{ Body page[role] }

func (s *Server) listRoles(ctx context.Context, caller domain.Caller, _ *nothing) (*rolesResponse, error) {
	found, err := s.uc.ListRoles.Execute(ctx, caller)
	items := make([]role, len(found))
	for i, r := range found {
		items[i] = showRole(r, caller.Org)
	}
	return &rolesResponse{page[role]{Items: items}}, err
}

// RolePath names a role.
type RolePath struct {
	ID string `path:"id" maxLength:"64" doc:"The role's id."`
}

func (r RolePath) id() (domain.RoleID, error) { return domain.ParseID[domain.RoleID](r.ID) }

func (s *Server) getRole(ctx context.Context, caller domain.Caller, in *RolePath) (*roleResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	found, err := s.uc.GetRole.Execute(ctx, caller, id)
	return showWholeRole(found, caller), err
}

type createRoleRequest struct {
	Body struct {
		Name        string              `json:"name" minLength:"1" maxLength:"100" example:"Help desk"`
		Description string              `json:"description,omitempty" maxLength:"500"`
		Permissions []domain.Permission `json:"permissions" maxItems:"100" example:"[\"member.read\"]" doc:"See GET /permissions."`
	}
}

func (s *Server) createRole(ctx context.Context, caller domain.Caller, in *createRoleRequest) (*roleResponse, error) {
	made, err := s.uc.CreateRole.Execute(ctx, caller, roles.CreateInput(in.Body))
	return showWholeRole(made, caller), err
}

type updateRoleRequest struct {
	Conditional
	RolePath
	Body struct {
		Name        *string              `json:"name,omitempty" minLength:"1" maxLength:"100"`
		Description *string              `json:"description,omitempty" maxLength:"500"`
		Permissions *[]domain.Permission `json:"permissions,omitempty" maxItems:"100" doc:"All permissions of the role."`
	}
}

func (s *Server) updateRole(ctx context.Context, caller domain.Caller, in *updateRoleRequest) (*roleResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	changed, err := s.uc.UpdateRole.Execute(ctx, caller, id, roles.UpdateInput{Change: domain.RoleChange(in.Body), IfMatch: in.versions()})
	return showWholeRole(changed, caller), err
}

type removeRoleRequest struct {
	Conditional
	RolePath
}

func (s *Server) removeRole(ctx context.Context, caller domain.Caller, in *removeRoleRequest) (*nothing, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return nil, s.uc.RemoveRole.Execute(ctx, caller, id, in.versions())
}

type permission struct {
	Name        domain.Permission `json:"name"`
	Description string            `json:"description"`
	Sensitive   bool              `json:"sensitive" doc:"Whether a role that grants it is an admin role, whose accounts need a second factor."`
}

type permissionsResponse struct{ Body page[permission] }

// listPermissions shows what a role of the org can grant.
func (s *Server) listPermissions(_ context.Context, caller domain.Caller, _ *nothing) (*permissionsResponse, error) {
	items := []permission{}
	for _, p := range domain.Permissions() {
		if !p.Platform() || caller.Org.Platform {
			items = append(items, permission{p, p.Meaning(), p.Sensitive()})
		}
	}
	return &permissionsResponse{page[permission]{Items: items}}, nil
}
