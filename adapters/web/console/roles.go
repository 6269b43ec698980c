package console

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/roles"
	"github.com/sole-platform/sole/domain"
)

var rolesLink = page.Link{Path: "/console/roles", Text: "nav.roles", Needs: roles.ListNeeds}

func (p Pages) mountRoles(t *page.Table) {
	t.Signed("GET /console/roles", roles.ListNeeds, p.listRoles)
	t.Signed("GET /console/roles/new", roles.CreateNeeds, p.newRole)
	t.Signed("POST /console/roles/new", roles.CreateNeeds, p.createRole)
	t.Signed("GET /console/roles/:id", roles.GetNeeds, p.showRole)
	t.Signed("POST /console/roles/:id", roles.UpdateNeeds, p.updateRole)
	t.Signed("POST /console/roles/:id/remove", roles.RemoveNeeds, p.removeRole)
}

// roleName returns the name of a role. Those of system roles are translated.
func roleName(ctx context.Context, role domain.Role) string {
	if role.System {
		return locale.T(ctx, "role."+role.Name)
	}
	return role.Name
}

// roleHelp describes a role. The descriptions of system roles are translated.
func roleHelp(ctx context.Context, role domain.Role) string {
	if role.System {
		return locale.T(ctx, "role."+role.Name+".help")
	}
	return role.Description
}

// rolePath returns the path of the page of a role.
func rolePath(id domain.RoleID) string { return "/console/roles/" + string(id) }

// heldRole is a role with the number of accounts that hold it.
type heldRole struct {
	domain.Role

	Holders int
}

// rolesView is what the list of roles shows.
type rolesView struct {
	Roles       []heldRole
	Permissions []domain.Permission // that a role of the org can grant
}

func (p Pages) listRoles(r *page.Request) error {
	found, err := p.Roles.List.Execute(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	counts, err := p.Roles.CountHolders.Execute(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	grantable, err := p.Roles.ListPermissions.Execute(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	slices.SortStableFunc(found, func(a, b domain.Role) int { return cmp.Compare(rank(a), rank(b)) })
	view := rolesView{Permissions: grantable}
	for _, role := range found {
		view.Roles = append(view.Roles, heldRole{Role: role, Holders: counts[role.ID]})
	}
	return r.Show(200, roleList(view))
}

// rank returns the place of a role in lists: system roles come first, the most powerful one before all.
func rank(role domain.Role) int {
	if role.System {
		return slices.Index(domain.SystemRoles(), role.Name)
	}
	return len(domain.SystemRoles())
}

func (p Pages) newRole(r *page.Request) error { return p.showRoleForm(r, roleForm{}) }

func (p Pages) createRole(r *page.Request) error {
	form := postedRole(r)
	made, err := p.Roles.Create.Execute(r.Context(), r.Caller, roles.CreateInput{
		Name: form.Name, Description: form.Description, Permissions: form.Granted,
	})
	if err != nil {
		return p.refuseRole(r, form, err)
	}
	return r.Done(rolePath(made.ID), "role_created")
}

// findRole returns the role of the path with the number of its holders.
func (p Pages) findRole(r *page.Request) (found heldRole, err error) {
	id, err := domain.ParseID[domain.RoleID](r.Param("id"))
	if err != nil {
		return found, err
	}
	if found.Role, err = p.Roles.Get.Execute(r.Context(), r.Caller, id); err != nil {
		return found, err
	}
	counts, err := p.Roles.CountHolders.Execute(r.Context(), r.Caller)
	found.Holders = counts[id]
	return found, err
}

func (p Pages) showRole(r *page.Request) error {
	role, err := p.findRole(r)
	if err != nil {
		return err
	}
	return p.showRoleForm(r, savedRole(role))
}

func (p Pages) updateRole(r *page.Request) error {
	role, err := p.findRole(r)
	if err != nil {
		return err
	}
	form := postedRole(r)
	form.Saved = role
	if form.becomesAdmin() && !r.Checked("admin_accepted") && form.Version == role.Version {
		form.AskAdmin = true
		return p.showRoleForm(r, form)
	}
	input := roles.UpdateInput{
		Change:  domain.RoleChange{Name: &form.Name, Description: &form.Description, Permissions: &form.Granted},
		IfMatch: domain.Versions{form.Version},
	}
	if _, err := p.Roles.Update.Execute(r.Context(), r.Caller, role.ID, input); err != nil {
		return p.refuseRole(r, form, err)
	}
	return r.Done(rolePath(role.ID), "role_saved")
}

func (p Pages) removeRole(r *page.Request) error {
	role, err := p.findRole(r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.Field("version"), 10, 64) // 0, of which there is none, for anything else
	if err := p.Roles.Remove.Execute(r.Context(), r.Caller, role.ID, domain.Versions{version}); err != nil {
		return p.refuseRole(r, savedRole(role), err)
	}
	return r.Done("/console/roles", "role_removed")
}
