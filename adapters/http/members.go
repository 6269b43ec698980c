package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

// Member is an account as its org's administrators see it.
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
		m.ID, m.Email, m.FullName, m.Standing(), summarize(m.Roles), mfaState{!m.EnrolledAt.IsZero(), maybe(m.EnrolledAt)},
		m.MustChangePassword, maybe(m.LastSignInAt), m.CreatedAt, m.UpdatedAt,
	}
}

func showWholeMember(m domain.Member) *memberResponse {
	return &memberResponse{etag(m.Version), showMember(m)}
}

// MemberPath names an account.
type MemberPath struct {
	ID string `path:"id" maxLength:"64" doc:"The account's id."`
}

func (r MemberPath) id() (domain.UserID, error) { return domain.ParseID[domain.UserID](r.ID) }

// onMember mounts what takes nothing but the id of an account and answers nothing.
func onMember(execute func(context.Context, domain.Caller, domain.UserID) error) func(context.Context, domain.Caller, *MemberPath) (*nothing, error) {
	return func(ctx context.Context, caller domain.Caller, in *MemberPath) (*nothing, error) {
		id, err := in.id()
		if err != nil {
			return nil, err
		}
		return nil, execute(ctx, caller, id)
	}
}

// MemberQuery says which accounts are asked for.
type MemberQuery struct {
	Q      string `query:"q" maxLength:"200" example:"ada love" doc:"Each word must begin a word of the name or of the address, in any letter case."`
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

func (s *Server) listMembers(ctx context.Context, caller domain.Caller, in *listMembersRequest) (*membersResponse, error) {
	scope := cursorScope{"list-members", caller.Org.ID, in.MemberQuery}
	after, err := openCursor[domain.MemberPlace](s.cursors, scope, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.uc.ListMembers.Execute(ctx, caller, members.ListInput{Filter: in.filter(), Role: in.Role, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	last := func(domain.Member) domain.MemberPlace { return found.Places[len(found.Places)-1] }
	shown, err := pageOf(s.cursors, scope, found.Members, found.More, showMember, last)
	return &membersResponse{shown}, err
}

func (s *Server) getMember(ctx context.Context, caller domain.Caller, in *MemberPath) (*memberResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	found, err := s.uc.GetMember.Execute(ctx, caller, id)
	return showWholeMember(found), err
}

type createMemberRequest struct {
	Body struct {
		Email             string   `json:"email" maxLength:"254" example:"ada@example.org"`
		FullName          string   `json:"full_name" minLength:"1" maxLength:"200" example:"Ada Lovelace"`
		Roles             []string `json:"roles,omitempty" maxItems:"50" example:"[\"member\"]" doc:"Ids, or names of system roles; default: member."`
		TemporaryPassword bool     `json:"temporary_password,omitempty" doc:"Return a temporary password instead of sending an invitation."`
	}
}

type createdMemberResponse struct {
	ETag string `header:"ETag"`
	Body createdMember
}

type createdMember struct {
	Member
	TemporaryPassword string `json:"temporary_password,omitempty" doc:"Shown only once. It works for three days and must be changed at the first sign-in."`
}

func (s *Server) createMember(ctx context.Context, caller domain.Caller, in *createMemberRequest) (*createdMemberResponse, error) {
	made, err := s.uc.CreateMember.Execute(ctx, caller, members.CreateInput(in.Body))
	return &createdMemberResponse{etag(made.Member.Version), createdMember{showMember(made.Member), made.Password.Reveal()}}, err
}

type updateMemberRequest struct {
	Conditional
	MemberPath
	Body struct {
		FullName *string `json:"full_name,omitempty" minLength:"1" maxLength:"200"`
		Email    *string `json:"email,omitempty" maxLength:"254" doc:"Also needs the permission member.password_reset."`
	}
}

func (s *Server) updateMember(ctx context.Context, caller domain.Caller, in *updateMemberRequest) (*memberResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	changed, err := s.uc.UpdateMember.Execute(ctx, caller, id, members.UpdateInput{
		FullName: in.Body.FullName, Email: in.Body.Email, IfMatch: in.versions(),
	})
	return showWholeMember(changed), err
}

type removeMemberRequest struct {
	Conditional
	MemberPath
	Erase bool `query:"erase" doc:"Also remove the person's data from the audit log and imports within minutes; the events stay verifiable."`
}

func (s *Server) removeMember(ctx context.Context, caller domain.Caller, in *removeMemberRequest) (*nothing, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return nil, s.uc.RemoveMember.Execute(ctx, caller, id, members.RemoveInput{Erase: in.Erase, IfMatch: in.versions()})
}

type assignRolesRequest struct {
	Conditional
	MemberPath
	Body struct {
		Roles []string `json:"roles" maxItems:"50" doc:"All roles of the account: ids, or names of system roles."`
	}
}

func (s *Server) assignRoles(ctx context.Context, caller domain.Caller, in *assignRolesRequest) (*memberResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	changed, err := s.uc.AssignRoles.Execute(ctx, caller, id, members.AssignRolesInput{Roles: in.Body.Roles, IfMatch: in.versions()})
	return showWholeMember(changed), err
}

type temporaryPasswordResponse struct {
	Body struct {
		TemporaryPassword string `json:"temporary_password" doc:"Shown only once. It works for three days and must be changed at the next sign-in."`
	}
}

func (s *Server) resetMemberPassword(ctx context.Context, caller domain.Caller, in *MemberPath) (*temporaryPasswordResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	password, err := s.uc.ResetMemberPassword.Execute(ctx, caller, id)
	out := &temporaryPasswordResponse{}
	out.Body.TemporaryPassword = password.Reveal()
	return out, err
}
