package console

import (
	"slices"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/domain"
)

// serviceAccountForm is a service account as somebody edits it: its name and description, its roles, or for a new one all
// of them.
type serviceAccountForm struct {
	serviceAccountView

	name, description string
	roles             roleChoice
	version           int64        // of the account that the edit began with
	conflict          []difference // to what somebody else has saved meanwhile
	conflicting       bool
}

// giveable returns the roles that a service account can have. The system roles member and owner are for persons.
func giveable(all []domain.Role) []domain.Role {
	return slices.DeleteFunc(slices.Clone(all), func(role domain.Role) bool {
		return role.System && (role.Name == domain.RoleOwner || role.Name == domain.RoleMember)
	})
}

func (p Pages) newServiceAccount(r *page.Request) error {
	return p.showNewServiceAccount(r, serviceAccountForm{})
}

func (p Pages) showNewServiceAccount(r *page.Request, form serviceAccountForm) (err error) {
	form.caller = r.Caller
	if form.roles.all, err = p.knownRoles(r); err != nil {
		return err
	}
	form.roles.errors = form.errors
	return r.Show(form.errors.Status(), newServiceAccount(form))
}

func (p Pages) createServiceAccount(r *page.Request) error {
	form := serviceAccountForm{
		name: r.Field("name"), description: r.Field("description"), roles: roleChoice{chosen: r.List("roles")},
	}
	made, err := p.ServiceAccounts.Create.Execute(r.Context(), r.Caller, serviceaccounts.CreateInput{
		Name: form.name, Description: form.description, Roles: form.roles.chosen,
	})
	if form.errors = r.Errors(err); err != nil {
		if form.errors.Interrupts() {
			return err
		}
		return p.showNewServiceAccount(r, form)
	}
	return r.Done(serviceAccountPath(made.ID), "service_account_created")
}

// savedServiceAccount returns the form of the account that the path names.
func (p Pages) savedServiceAccount(r *page.Request) (form serviceAccountForm, err error) {
	if form.serviceAccountView, err = p.findServiceAccount(r); err != nil {
		return form, err
	}
	form.name, form.description, form.version = form.Account.Name, form.Account.Description, form.Account.Version
	for _, role := range form.Account.Roles {
		form.roles.chosen = append(form.roles.chosen, roleRef(role))
	}
	return form, nil
}

// conflicts lets the form save over what somebody else has saved, after showing both.
func (f *serviceAccountForm) conflicts(all ...difference) {
	f.conflicting, f.version = true, f.Account.Version
	f.conflict = slices.DeleteFunc(all, difference.none)
}

func (p Pages) editServiceAccount(r *page.Request) error {
	form, err := p.savedServiceAccount(r)
	if err != nil {
		return err
	}
	return r.Show(200, editServiceAccount(form))
}

func (p Pages) updateServiceAccount(r *page.Request) error {
	form, err := p.savedServiceAccount(r)
	if err != nil {
		return err
	}
	form.name, form.description, form.version = r.Field("name"), r.Field("description"), postedVersion(r)
	_, err = p.ServiceAccounts.Update.Execute(r.Context(), r.Caller, form.Account.ID, serviceaccounts.UpdateInput{
		Name: &form.name, Description: &form.description, IfMatch: domain.Versions{form.version},
	})
	if err == nil {
		return r.Done(serviceAccountPath(form.Account.ID), "service_account_saved")
	}
	if form.errors = r.Errors(err); form.errors.Interrupts() {
		return err
	}
	if form.errors.Is(domain.CodePreconditionFailed) {
		form.conflicts(
			difference{Name: r.Language.Text("service_accounts.name"), Saved: form.Account.Name, Yours: form.name},
			difference{Name: r.Language.Text("service_accounts.description"), Saved: form.Account.Description, Yours: form.description},
		)
	}
	return r.Show(form.errors.Status(), editServiceAccount(form))
}

func (p Pages) editServiceAccountRoles(r *page.Request) error {
	form, err := p.savedServiceAccount(r)
	if err != nil {
		return err
	}
	return p.showServiceAccountRoles(r, form)
}

func (p Pages) showServiceAccountRoles(r *page.Request, form serviceAccountForm) (err error) {
	if form.roles.all, err = p.knownRoles(r); err != nil {
		return err
	}
	form.roles.errors = form.errors
	return r.Show(form.errors.Status(), editServiceAccountRoles(form))
}

// giveServiceAccountRoles gives the account exactly the ticked roles. The caller becomes the account from which its
// permissions come.
func (p Pages) giveServiceAccountRoles(r *page.Request) error {
	form, err := p.savedServiceAccount(r)
	if err != nil {
		return err
	}
	form.roles.chosen, form.version = append([]string{}, r.List("roles")...), postedVersion(r)
	_, err = p.ServiceAccounts.Update.Execute(r.Context(), r.Caller, form.Account.ID, serviceaccounts.UpdateInput{
		Roles: &form.roles.chosen, IfMatch: domain.Versions{form.version},
	})
	if err == nil {
		return r.Done(serviceAccountPath(form.Account.ID), "service_account_roles_saved")
	}
	if form.errors = r.Errors(err); form.errors.Interrupts() {
		return err
	}
	if form.errors.Is(domain.CodePreconditionFailed) {
		known, err := p.knownRoles(r)
		if err != nil {
			return err
		}
		form.conflicts(roleDifferences(r, known, form.Account.Roles, form.roles)...)
	}
	return p.showServiceAccountRoles(r, form)
}
