package console

import (
	"strconv"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

// memberChange is an account as somebody edits it: its name and address, or its roles.
type memberChange struct {
	memberView

	fullName, email string
	roles           roleChoice
	version         int64        // of the account that the edit began with
	conflict        []difference // to what somebody else has saved meanwhile
	conflicting     bool
	confirmed       string // the address that was typed to confirm a removal
	unconfirmed     bool
}

// postedVersion returns the version that the form was loaded with; 0, of which there is none, for anything else.
func postedVersion(r *page.Request) int64 {
	version, err := strconv.ParseInt(r.Field("version"), 10, 64)
	if err != nil {
		return 0
	}
	return version
}

// savedMember returns the change of an account to what it is.
func (p Pages) savedMember(r *page.Request) (change memberChange, err error) {
	if change.memberView, err = p.findMember(r); err != nil {
		return change, err
	}
	member := change.Member
	change.fullName, change.email, change.version = member.FullName, string(member.Email), member.Version
	for _, role := range member.Roles {
		change.roles.chosen = append(change.roles.chosen, roleRef(role))
	}
	return change, nil
}

func (p Pages) editMember(r *page.Request) error {
	change, err := p.savedMember(r)
	if err != nil {
		return err
	}
	return r.Show(200, editMember(change))
}

func (p Pages) updateMember(r *page.Request) error {
	change, err := p.savedMember(r)
	if err != nil {
		return err
	}
	change.fullName, change.version = r.Field("full_name"), postedVersion(r)
	input := members.UpdateInput{FullName: &change.fullName, IfMatch: domain.Versions{change.version}}
	if r.Posted("email") {
		change.email = r.Field("email")
		input.Email = &change.email
	}
	if _, err = p.Members.Update.Execute(r.Context(), r.Caller, change.Member.ID, input); err == nil {
		return r.Done(memberPath(change.Member.ID), "member_saved")
	}
	if change.errors = r.Errors(err); change.errors.Interrupts() {
		return err
	}
	if change.errors.Is(domain.CodePreconditionFailed) {
		change.conflicts(
			difference{Name: r.Language.Text("members.full_name"), Saved: change.Member.FullName, Yours: change.fullName},
			difference{Name: r.Language.Text("members.email"), Saved: string(change.Member.Email), Yours: change.email},
		)
	}
	return r.Show(change.errors.Status(), editMember(change))
}

// conflicts lets the form save over what somebody else has saved, after showing both.
func (c *memberChange) conflicts(all ...difference) {
	c.conflicting, c.version = true, c.Member.Version
	for _, d := range all {
		if !d.none() {
			c.conflict = append(c.conflict, d)
		}
	}
}

func (p Pages) editMemberRoles(r *page.Request) error {
	change, err := p.savedMember(r)
	if err != nil {
		return err
	}
	return p.showMemberRoles(r, change)
}

func (p Pages) showMemberRoles(r *page.Request, change memberChange) (err error) {
	if change.roles.all, err = p.knownRoles(r); err != nil {
		return err
	}
	change.roles.errors = change.errors
	return r.Show(change.errors.Status(), editMemberRoles(change))
}

func (p Pages) assignRoles(r *page.Request) error {
	change, err := p.savedMember(r)
	if err != nil {
		return err
	}
	change.roles.chosen, change.version = r.List("roles"), postedVersion(r)
	_, err = p.Members.AssignRoles.Execute(r.Context(), r.Caller, change.Member.ID, members.AssignRolesInput{
		Roles: change.roles.chosen, IfMatch: domain.Versions{change.version},
	})
	if err == nil {
		return r.Done(memberPath(change.Member.ID), "member_roles_saved")
	}
	if change.errors = r.Errors(err); change.errors.Interrupts() {
		return err
	}
	if change.errors.Is(domain.CodePreconditionFailed) {
		known, err := p.knownRoles(r)
		if err != nil {
			return err
		}
		change.conflicts(roleDifferences(r, known, change.Member.Roles, change.roles)...)
	}
	return p.showMemberRoles(r, change)
}

// roleDifferences compares, role by role, what is saved with what was posted.
func roleDifferences(r *page.Request, known, held []domain.Role, chosen roleChoice) (all []difference) {
	word := func(held bool) string {
		if held {
			return locale.T(r.Context(), "members.role.held")
		}
		return locale.T(r.Context(), "members.role.not_held")
	}
	saved := roleChoice{}
	for _, role := range held {
		saved.chosen = append(saved.chosen, roleRef(role))
	}
	for _, role := range known {
		all = append(all, difference{
			Name: roleName(r.Context(), role), Saved: word(saved.has(role)), Yours: word(chosen.has(role)),
		})
	}
	return all
}

func (p Pages) askRemoval(r *page.Request) error {
	change, err := p.savedMember(r)
	if err != nil {
		return err
	}
	return r.Show(200, removeMember(change))
}

// removeMember removes the account if its address was typed.
func (p Pages) removeMember(r *page.Request) error {
	change, err := p.savedMember(r)
	if err != nil {
		return err
	}
	change.confirmed = r.Field("confirm")
	if domain.TypedEmail(change.confirmed).Key() != change.Member.Email.Key() {
		change.unconfirmed = true
		return r.Show(422, removeMember(change))
	}
	err = p.Members.Remove.Execute(r.Context(), r.Caller, change.Member.ID, members.RemoveInput{
		Erase: r.Checked("erase"), IfMatch: domain.Versions{postedVersion(r)},
	})
	if err == nil {
		return r.Done("/console/members", "member_removed")
	}
	if change.errors = r.Errors(err); change.errors.Interrupts() {
		return err
	}
	return r.Show(change.errors.Status(), removeMember(change))
}
