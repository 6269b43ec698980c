package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/roles"
	"github.com/sole-platform/sole/domain"
)

// rolesAPI manages the roles of the org.
type rolesAPI struct{ uc roles.UseCases }

func (a rolesAPI) mount(s *Server) {
	t := table{server: s, tag: "Roles"}
	secured(t, "GET /roles", roles.ListNeeds, route{id: "list-roles"}, a.list)
	secured(t, "POST /roles", roles.CreateNeeds, route{id: "create-role", status: 201, fails: []int{409}}, a.create)
	secured(t, "GET /roles/{id}", roles.GetNeeds, route{id: "get-role"}, byID(a.get))
	secured(t, "PATCH /roles/{id}", roles.UpdateNeeds, route{id: "update-role", fails: []int{409}}, byID(a.update))
	secured(t, "DELETE /roles/{id}", roles.RemoveNeeds, route{id: "remove-role", fails: []int{409}}, byID(a.remove))
	secured(t, "GET /permissions", roles.ListPermissionsNeeds, route{id: "list-permissions"}, a.listPermissions)
}

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
	return &roleResponse{ETag: etag(r.Version), Body: showRole(r, caller.Org)}
}

type roleSummary struct {
	ID     domain.RoleID `json:"id"`
	Name   string        `json:"name"`
	System bool          `json:"system"`
}

func summarize(roles []domain.Role) []roleSummary {
	summaries := make([]roleSummary, len(roles))
	for i, r := range roles {
		summaries[i] = roleSummary{ID: r.ID, Name: r.Name, System: r.System}
	}
	return summaries
}

type rolesResponse struct{ Body page[role] }

func (a rolesAPI) list(ctx context.Context, caller domain.Caller, _ *nothing) (*rolesResponse, error) {
	found, err := a.uc.List.Execute(ctx, caller)
	return &rolesResponse{Body: wholeList(found, func(r domain.Role) role { return showRole(r, caller.Org) })}, err
}

// RolePath names a role.
type RolePath struct {
	ID string `path:"id" maxLength:"64" doc:"The role's id."`
}

func (p RolePath) id() (domain.RoleID, error) { return domain.ParseID[domain.RoleID](p.ID) }

func (a rolesAPI) get(ctx context.Context, caller domain.Caller, id domain.RoleID, _ *RolePath) (*roleResponse, error) {
	found, err := a.uc.Get.Execute(ctx, caller, id)
	return showWholeRole(found, caller), err
}

type createRoleRequest struct {
	Body struct {
		Name        string              `json:"name" minLength:"1" maxLength:"100" example:"Help desk"`
		Description string              `json:"description,omitempty" maxLength:"500"`
		Permissions []domain.Permission `json:"permissions" maxItems:"100" example:"[\"member.read\"]" doc:"See GET /permissions."`
	}
}

func (a rolesAPI) create(ctx context.Context, caller domain.Caller, in *createRoleRequest) (*roleResponse, error) {
	made, err := a.uc.Create.Execute(ctx, caller, roles.CreateInput(in.Body))
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

func (a rolesAPI) update(ctx context.Context, caller domain.Caller, id domain.RoleID, in *updateRoleRequest) (*roleResponse, error) {
	input := roles.UpdateInput{Change: domain.RoleChange(in.Body), IfMatch: in.versions()}
	changed, err := a.uc.Update.Execute(ctx, caller, id, input)
	return showWholeRole(changed, caller), err
}

type removeRoleRequest struct {
	Conditional
	RolePath
}

func (a rolesAPI) remove(ctx context.Context, caller domain.Caller, id domain.RoleID, in *removeRoleRequest) (*nothing, error) {
	return nil, a.uc.Remove.Execute(ctx, caller, id, in.versions())
}

type permission struct {
	Name        domain.Permission `json:"name"`
	Description string            `json:"description"`
	Sensitive   bool              `json:"sensitive" doc:"Whether a role that grants it is an admin role, whose accounts need a second factor."`
}

type permissionsResponse struct{ Body page[permission] }

func (a rolesAPI) listPermissions(ctx context.Context, caller domain.Caller, _ *nothing) (*permissionsResponse, error) {
	grantable, err := a.uc.ListPermissions.Execute(ctx, caller)
	items := make([]permission, len(grantable))
	for i, p := range grantable {
		items[i] = permission{Name: p, Description: p.Meaning(), Sensitive: p.Sensitive()}
	}
	return &permissionsResponse{Body: page[permission]{Items: items}}, err
}
