package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

// membersAPI manages the accounts of the org.
type membersAPI struct {
	uc    members.UseCases
	lists Cursors
}

func (a membersAPI) mount(s *Server) {
	t := table{server: s, tag: "Members"}
	secured(t, "GET /members", members.ListNeeds, route{id: "list-members"}, a.list)
	secured(t, "POST /members", members.CreateNeeds, route{id: "create-member", status: 201, fails: []int{409}}, a.create)
	secured(t, "GET /members/{id}", members.GetNeeds, route{id: "get-member"}, foundByID[MemberPath](a.uc.Get.Execute, showWholeMember))
	secured(t, "PATCH /members/{id}", members.UpdateNeeds, route{id: "update-member", fails: []int{409}}, byID(a.update))
	secured(t, "DELETE /members/{id}", members.RemoveNeeds, route{id: "remove-member", fails: []int{409}}, byID(a.remove))
	secured(t, "PUT /members/{id}/roles", members.AssignRolesNeeds, route{id: "assign-roles", fails: []int{409}}, byID(a.assignRoles))
	secured(t, "POST /members/{id}/invitation", members.InviteNeeds, route{
		id: "invite-member", status: 202, fails: []int{409},
	}, onMember(a.uc.Invite.Execute))
	secured(t, "DELETE /members/{id}/invitation", members.UninviteNeeds, route{
		id: "uninvite-member", fails: []int{409},
	}, onMember(a.uc.Uninvite.Execute))
	secured(t, "POST /members/{id}/mfa/reset", members.ResetMFANeeds, route{id: "reset-member-mfa"}, onMember(a.uc.ResetMFA.Execute))
	secured(t, "POST /members/{id}/password/reset", members.ResetPasswordNeeds, route{
		id: "reset-member-password",
	}, foundByID[MemberPath](a.uc.ResetPassword.Execute, showTemporaryPassword))
	secured(t, "POST /members/{id}/suspend", members.SuspendNeeds, route{
		id: "suspend-member", fails: []int{409},
	}, onMember(a.uc.Suspend.Execute))
	secured(t, "POST /members/{id}/activate", members.ActivateNeeds, route{id: "activate-member"}, onMember(a.uc.Activate.Execute))
	secured(t, "POST /members/{id}/sign-out", members.SignOutNeeds, route{id: "sign-out-member"}, onMember(a.uc.SignOut.Execute))
}

// onMember returns a handler for a use case that takes the id of an account and has no result.
func onMember(
	execute func(context.Context, domain.Caller, domain.UserID) error,
) func(context.Context, domain.Caller, *MemberPath) (*nothing, error) {
	return doneByID[MemberPath](execute)
}

// Member is an account as the administrators of its org see it.
type Member struct {
	ID                 domain.UserID `json:"id"`
	Email              domain.Email  `json:"email"`
	FullName           string        `json:"full_name"`
	Status             domain.Status `json:"status" enum:"active,suspended,invited" doc:"Invited until the first password is set."`
	Roles              []roleSummary `json:"roles"`
	MFA                mfaState      `json:"mfa"`
	MustChangePassword bool          `json:"must_change_password" doc:"Whether the password is a temporary one."`
	LastSignInAt       *time.Time    `json:"last_sign_in_at"`
	CreatedAt          time.Time     `json:"created_at"`
	UpdatedAt          time.Time     `json:"updated_at"`
}

type memberResponse struct {
	ETag string `header:"ETag"`
	Body Member
}

func showMember(m domain.Member) Member {
	return Member{
		ID: m.ID, Email: m.Email, FullName: m.FullName, Status: m.Standing(), Roles: summarize(m.Roles),
		MFA: mfaState{Enabled: !m.EnrolledAt.IsZero(), EnrolledAt: maybe(m.EnrolledAt)}, MustChangePassword: m.MustChangePassword,
		LastSignInAt: maybe(m.LastSignInAt), CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
	}
}

func showWholeMember(m domain.Member) *memberResponse {
	return &memberResponse{ETag: etag(m.Version), Body: showMember(m)}
}

// MemberPath names an account.
type MemberPath struct {
	ID string `path:"id" maxLength:"64" doc:"The account's id."`
}

func (p MemberPath) id() (domain.UserID, error) { return domain.ParseID[domain.UserID](p.ID) }

// MemberQuery has the filters of a request for accounts.
type MemberQuery struct {
	Q      string `query:"q" maxLength:"200" example:"ada love" doc:"Each word must begin a word of the name or address, in any case."`
	Status string `query:"status" enum:"active,suspended,invited" doc:"The status of the account."`
	Role   string `query:"role" maxLength:"64" doc:"A role's id, or the name of a system role."`
}

func (q MemberQuery) filter() domain.MemberFilter {
	return domain.MemberFilter{Text: q.Q, Status: domain.Status(q.Status)}
}

type listMembersRequest struct {
	Paging
	MemberQuery
}

type membersResponse struct{ Body page[Member] }

func (a membersAPI) list(ctx context.Context, caller domain.Caller, in *listMembersRequest) (*membersResponse, error) {
	accounts := a.lists.list("list-members", caller.Org.ID, in.MemberQuery)
	shown, err := pageOf(accounts, in.Cursor, showMember, func(after domain.MemberPlace) ([]domain.Member, *domain.MemberPlace, error) {
		input := members.ListInput{Filter: in.filter(), Role: in.Role, After: after, Limit: in.Limit}
		found, err := a.uc.List.Execute(ctx, caller, input)
		last := func(domain.Member) domain.MemberPlace { return found.Places[len(found.Places)-1] }
		return found.Members, nextPlace(found.Members, found.More, last), err
	})
	return &membersResponse{Body: shown}, err
}

type createMemberRequest struct {
	Body struct {
		Email             string   `json:"email" maxLength:"254" example:"ada@example.org"`
		FullName          string   `json:"full_name" minLength:"1" maxLength:"200" example:"Ada Lovelace"`
		Roles             []string `json:"roles,omitempty" maxItems:"50" doc:"Ids, or names of system roles. Default: member."`
		TemporaryPassword bool     `json:"temporary_password,omitempty" doc:"Return a temporary password instead of sending an invitation."`
	}
}

type createdMemberResponse struct {
	ETag string `header:"ETag"`
	Body createdMember
}

type createdMember struct {
	Member
	TemporaryPassword string `json:"temporary_password,omitempty" doc:"Shown only once. Valid for three days; changed at the first sign-in."`
}

func (a membersAPI) create(ctx context.Context, caller domain.Caller, in *createMemberRequest) (*createdMemberResponse, error) {
	made, err := a.uc.Create.Execute(ctx, caller, members.CreateInput(in.Body))
	return &createdMemberResponse{
		ETag: etag(made.Member.Version),
		Body: createdMember{Member: showMember(made.Member), TemporaryPassword: made.Password.Reveal()},
	}, err
}

type updateMemberRequest struct {
	Conditional
	MemberPath
	Body struct {
		FullName *string `json:"full_name,omitempty" minLength:"1" maxLength:"200"`
		Email    *string `json:"email,omitempty" maxLength:"254" doc:"Also needs the permission member.password_reset."`
	}
}

func (a membersAPI) update(ctx context.Context, caller domain.Caller, id domain.UserID, in *updateMemberRequest) (*memberResponse, error) {
	changed, err := a.uc.Update.Execute(ctx, caller, id, members.UpdateInput{
		FullName: in.Body.FullName, Email: in.Body.Email, IfMatch: in.versions(),
	})
	return showWholeMember(changed), err
}

type removeMemberRequest struct {
	Conditional
	MemberPath
	Erase bool `query:"erase" doc:"Also remove the person's data from the audit log and imports within minutes; the events stay verifiable."`
}

func (a membersAPI) remove(ctx context.Context, caller domain.Caller, id domain.UserID, in *removeMemberRequest) (*nothing, error) {
	return nil, a.uc.Remove.Execute(ctx, caller, id, members.RemoveInput{Erase: in.Erase, IfMatch: in.versions()})
}

type assignRolesRequest struct {
	Conditional
	MemberPath
	Body struct {
		Roles []string `json:"roles" maxItems:"50" doc:"All roles of the account: ids, or names of system roles."`
	}
}

func (a membersAPI) assignRoles(
	ctx context.Context, caller domain.Caller, id domain.UserID, in *assignRolesRequest,
) (*memberResponse, error) {
	input := members.AssignRolesInput{Roles: in.Body.Roles, IfMatch: in.versions()}
	changed, err := a.uc.AssignRoles.Execute(ctx, caller, id, input)
	return showWholeMember(changed), err
}

type temporaryPasswordResponse struct {
	Body struct {
		TemporaryPassword string `json:"temporary_password" doc:"Shown only once. Valid for three days; changed at the next sign-in."`
	}
}

func showTemporaryPassword(password domain.Secret) *temporaryPasswordResponse {
	out := &temporaryPasswordResponse{}
	out.Body.TemporaryPassword = password.Reveal()
	return out
}
