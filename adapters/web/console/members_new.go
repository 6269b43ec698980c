package console

import (
	"slices"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

// memberForm is a new account as somebody describes it.
type memberForm struct {
	email, fullName string
	roles           roleChoice
	temporary       bool // a temporary password instead of an invitation
	mail            bool // the deployment sends email
	errors          *page.Errors
}

// roleChoice is a choice of roles for an account. Only those that the caller can give can be ticked.
type roleChoice struct {
	all    []domain.Role
	chosen []string // ids, or names of system roles
	errors *page.Errors
}

func (c roleChoice) has(role domain.Role) bool {
	return slices.Contains(c.chosen, string(role.ID)) || slices.Contains(c.chosen, roleRef(role))
}

// mayAssign reports whether the caller can give any role but member.
func mayAssign(caller domain.Caller) bool { return members.AssignRolesNeeds.Check(caller) == nil }

func (p Pages) newMember(r *page.Request) error {
	return p.showNewMember(r, memberForm{temporary: !r.Site().Mail, roles: roleChoice{chosen: []string{domain.RoleMember}}})
}

func (p Pages) showNewMember(r *page.Request, form memberForm) (err error) {
	form.mail = r.Site().Mail
	if form.roles.all, err = p.knownRoles(r); err != nil {
		return err
	}
	form.roles.errors = form.errors
	return r.Show(form.errors.Status(), newMember(form))
}

// createMember invites a person, or shows their temporary password on the page that answers the form, because nothing
// can show it again.
func (p Pages) createMember(r *page.Request) error {
	form := memberForm{
		email: r.Field("email"), fullName: r.Field("full_name"), roles: roleChoice{chosen: r.List("roles")},
		temporary: r.Field("how") == "password",
	}
	made, err := p.Members.Create.Execute(r.Context(), r.Caller, members.CreateInput{
		Email: form.email, FullName: form.fullName, Roles: form.roles.chosen, TemporaryPassword: form.temporary,
	})
	if form.errors = r.Errors(err); err != nil {
		if form.errors.Interrupts() {
			return err
		}
		return p.showNewMember(r, form)
	}
	if form.temporary {
		return r.Show(200, temporaryPassword(made.Member.User, made.Password))
	}
	if members.OverviewNeeds.Check(r.Caller) != nil {
		return r.Done("/console/members/new", "member_created")
	}
	return r.Done(memberPath(made.Member.ID), "member_created")
}
