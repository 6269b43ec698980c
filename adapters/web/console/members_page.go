package console

import (
	"cmp"
	"context"
	"errors"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

func (p Pages) mountMember(t *page.Table) {
	const path = "/console/members/:id"
	t.Signed("GET "+path, members.OverviewNeeds, p.showMember)
	t.Signed("GET "+path+"/avatar", files.MemberAvatarNeeds, p.memberAvatar)
	t.Signed("POST "+path+"/suspend", members.SuspendNeeds, p.onMember(p.Members.Suspend.Execute, "member_suspended"))
	t.Signed("POST "+path+"/activate", members.ActivateNeeds, p.onMember(p.Members.Activate.Execute, "member_activated"))
	t.Signed("POST "+path+"/sign-out", members.SignOutNeeds, p.onMember(p.Members.SignOut.Execute, "member_signed_out"))
	t.Signed("POST "+path+"/factors", members.ResetMFANeeds, p.onMember(p.Members.ResetMFA.Execute, "member_factors_reset"))
	t.Signed("POST "+path+"/invite", members.InviteNeeds, p.onMember(p.Members.Invite.Execute, "member_invited"))
	t.Signed("POST "+path+"/uninvite", members.UninviteNeeds, p.onMember(p.Members.Uninvite.Execute, "member_uninvited"))
	t.Signed("POST "+path+"/password", members.ResetPasswordNeeds, p.resetPassword)
	t.Signed("GET "+path+"/edit", members.UpdateNeeds, p.editMember)
	t.Signed("POST "+path+"/edit", members.UpdateNeeds, p.updateMember)
	t.Signed("GET "+path+"/roles", members.AssignRolesNeeds, p.editMemberRoles)
	t.Signed("POST "+path+"/roles", members.AssignRolesNeeds, p.assignRoles)
	t.Signed("GET "+path+"/remove", members.RemoveNeeds, p.askRemoval)
	t.Signed("POST "+path+"/remove", members.RemoveNeeds, p.removeMember)
}

// memberID returns the id of the account that the path names.
func memberID(r *page.Request) (domain.UserID, error) {
	return domain.ParseID[domain.UserID](r.Param("id"))
}

// memberView is an account as its page shows it to a caller.
type memberView struct {
	members.OverviewResult

	caller domain.Caller
	mail   bool // the deployment sends email
	errors *page.Errors
}

// own reports whether it is the caller's own account.
func (v memberView) own() bool { return v.Member.ID == v.caller.User.ID }

// above reports whether the account has permissions that the caller lacks.
func (v memberView) above() bool { return !v.caller.Outranks(v.Member.Roles) }

// may reports whether the caller may do to the account what has these needs.
func (v memberView) may(needs proof.Needs) bool { return needs.Check(v.caller) == nil && !v.above() }

// mayEdit reports whether the caller may change the name or the address of the account.
func (v memberView) mayEdit() bool {
	return v.may(members.UpdateNeeds) && (!v.own() || v.caller.MayEditProfile() == nil)
}

// mayReaddress reports whether the caller may change the address of the account.
func (v memberView) mayReaddress() bool { return v.may(members.ResetPasswordNeeds) && !v.own() }

// findMember returns the account that the path names.
func (p Pages) findMember(r *page.Request) (memberView, error) {
	view := memberView{caller: r.Caller, mail: r.Site().Mail}
	id, err := memberID(r)
	if err == nil {
		view.OverviewResult, err = p.Members.Overview.Execute(r.Context(), r.Caller, id)
	}
	return view, err
}

func (p Pages) showMember(r *page.Request) error { return p.showMemberWith(r, nil) }

func (p Pages) showMemberWith(r *page.Request, shown *page.Errors) error {
	view, err := p.findMember(r)
	if err != nil {
		return err
	}
	view.errors = shown
	return r.Show(shown.Status(), memberPage(view))
}

// onMember returns a handler for a use case that takes the id of an account and has no result.
func (p Pages) onMember(execute func(context.Context, domain.Caller, domain.UserID) error, done string) page.Handler {
	return func(r *page.Request) error {
		id, err := memberID(r)
		if err != nil {
			return err
		}
		if err := execute(r.Context(), r.Caller, id); err != nil {
			return p.refuseMember(r, err)
		}
		return r.Done(memberPath(id), done)
	}
}

// refuseMember shows the page of the account with the reason why an action was refused.
func (p Pages) refuseMember(r *page.Request, err error) error {
	shown := r.Errors(err)
	if shown.Interrupts() || shown.Is(domain.CodeNotFound) {
		return err
	}
	return p.showMemberWith(r, shown)
}

// resetPassword shows the temporary password on the page that answers the form, because nothing can show it again.
func (p Pages) resetPassword(r *page.Request) error {
	view, err := p.findMember(r)
	if err != nil {
		return err
	}
	password, err := p.Members.ResetPassword.Execute(r.Context(), r.Caller, view.Member.ID)
	if err != nil {
		return p.refuseMember(r, err)
	}
	return r.Show(200, temporaryPassword(view.Member.User, password))
}

// memberAvatar answers with the picture of an account, or with its initials.
func (p Pages) memberAvatar(r *page.Request) error {
	id, err := memberID(r)
	if err != nil {
		return err
	}
	picture, content, err := p.Files.GetPicture.Execute(r.Context(), r.Caller, files.Subject{Account: id})
	if err == nil {
		return r.SendPicture(picture, content)
	}
	if !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	member, err := p.Members.Get.Execute(r.Context(), r.Caller, id)
	if err != nil {
		return err
	}
	return r.SendMonogram(cmp.Or(member.FullName, string(member.Email)))
}
