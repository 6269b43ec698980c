package console

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/roles"
	"github.com/sole-platform/sole/domain"
)

// roleForm is a role as somebody edits it.
type roleForm struct {
	Saved             heldRole // zero for a new role
	Name, Description string
	Granted           []domain.Permission
	Version           int64 // of the saved role that the edit began with

	Permissions []domain.Permission // that a role of the org can grant
	Errors      *page.Errors
	Conflict    []difference // to what somebody else has saved meanwhile
	AskAdmin    bool         // the accounts that hold the role would get an admin role: ask whether to go on
}

// postedRole returns the role that was posted. Permissions that are not known stay, so that the use case refuses them.
func postedRole(r *page.Request) roleForm {
	form := roleForm{Name: r.Field("name"), Description: r.Field("description")}
	for _, name := range r.List("permission") {
		form.Granted = append(form.Granted, domain.Permission(name))
	}
	form.Version, _ = strconv.ParseInt(r.Field("version"), 10, 64) // 0, of which there is none, for anything else
	return form
}

func savedRole(role heldRole) roleForm {
	return roleForm{Saved: role, Name: role.Name, Description: role.Description, Granted: role.Granted, Version: role.Version}
}

// becomesAdmin reports whether accounts that hold the role would get an admin role by the edit.
func (f roleForm) becomesAdmin() bool {
	return f.Saved.Holders > 0 && !f.Saved.Admin() && slices.ContainsFunc(f.Granted, domain.Permission.Sensitive)
}

// refuseRole shows the form again with what is wrong. If somebody else has saved the role meanwhile, it shows both.
func (p Pages) refuseRole(r *page.Request, form roleForm, err error) error {
	if form.Errors = r.Errors(err); form.Errors.Interrupts() {
		return err
	}
	if stale(err) && form.Saved.ID != "" {
		current, err := p.findRole(r)
		if err != nil {
			return err
		}
		form.Conflict = form.differences(r.Context(), current.Role)
		form.Saved, form.Version = current, current.Version
	}
	return p.showRoleForm(r, form)
}

// showRoleForm shows the form, or the role itself to those who cannot change it.
func (p Pages) showRoleForm(r *page.Request, form roleForm) (err error) {
	if form.Permissions, err = p.Roles.ListPermissions.Execute(r.Context(), r.Caller); err != nil {
		return err
	}
	if form.Saved.ID != "" && fixedBecause(r, form.Saved.Role) != "" {
		return r.Show(form.Errors.Status(), fixedRole(form))
	}
	return r.Show(form.Errors.Status(), editRole(form))
}

// fixedBecause returns the key of the reason why the caller cannot change the role, or "".
func fixedBecause(r *page.Request, role domain.Role) string {
	switch {
	case role.System:
		return "roles.fixed_system"
	case roles.UpdateNeeds.Check(r.Caller) != nil:
		return "roles.fixed_permission"
	case r.Caller.Grants([]domain.Role{role}) != nil:
		return "roles.fixed_above"
	}
	return ""
}

// differences returns what differs between the edit and the saved role.
func (f roleForm) differences(ctx context.Context, saved domain.Role) []difference {
	all := []difference{
		{Name: locale.T(ctx, "roles.name"), Saved: saved.Name, Yours: f.Name},
		{Name: locale.T(ctx, "roles.description"), Saved: saved.Description, Yours: f.Description},
	}
	granted := func(permissions []domain.Permission, p domain.Permission) string {
		if slices.Contains(permissions, p) {
			return locale.T(ctx, "roles.yes")
		}
		return locale.T(ctx, "roles.no")
	}
	for _, p := range domain.Permissions() {
		all = append(all, difference{
			Name: locale.T(ctx, "permission."+string(p)), Saved: granted(saved.Granted, p), Yours: granted(f.Granted, p),
		})
	}
	return slices.DeleteFunc(all, difference.none)
}

// permissionGroup is a part of the permissions; Name is the part of their names before the dot.
type permissionGroup struct {
	Name        string
	Permissions []domain.Permission
}

// grouped returns the permissions in groups, in the order of the catalogue.
func grouped(permissions []domain.Permission) (groups []permissionGroup) {
	for _, p := range permissions {
		name, _, _ := strings.Cut(string(p), ".")
		if last := len(groups) - 1; last < 0 || groups[last].Name != name {
			groups = append(groups, permissionGroup{Name: name})
		}
		last := &groups[len(groups)-1]
		last.Permissions = append(last.Permissions, p)
	}
	return groups
}

func roleTitle(ctx context.Context, form roleForm) string {
	if form.Saved.ID == "" {
		return locale.T(ctx, "roles.new")
	}
	return form.Saved.Name
}

func roleFormPath(form roleForm) string {
	if form.Saved.ID == "" {
		return "/console/roles/new"
	}
	return rolePath(form.Saved.ID)
}

func roleSubmit(ctx context.Context, form roleForm) string {
	switch {
	case form.Conflict != nil:
		return locale.T(ctx, "conflict.save_yours")
	case form.AskAdmin:
		return locale.T(ctx, "roles.accept_admin")
	case form.Saved.ID == "":
		return locale.T(ctx, "roles.create")
	}
	return locale.T(ctx, "roles.save")
}
