package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

type meResponse struct {
	ETag string `header:"ETag"`
	Body me
}

type me struct {
	ID           domain.UserID       `json:"id"`
	Email        domain.Email        `json:"email"`
	FullName     string              `json:"full_name"`
	Status       domain.Status       `json:"status"`
	Org          orgSummary          `json:"org"`
	Roles        []roleSummary       `json:"roles"`
	Permissions  []domain.Permission `json:"permissions" doc:"The current permissions of the account."`
	MFA          mfaState            `json:"mfa"`
	Session      currentSession      `json:"session"`
	LastSignInAt *time.Time          `json:"last_sign_in_at"`
	CreatedAt    time.Time           `json:"created_at"`
}

type roleSummary struct {
	ID     domain.RoleID `json:"id"`
	Name   string        `json:"name"`
	System bool          `json:"system"`
}

type mfaState struct {
	Enabled    bool       `json:"enabled"`
	EnrolledAt *time.Time `json:"enrolled_at"`
}

type currentSession struct {
	ID       domain.SessionID `json:"id"`
	AMR      []domain.AMR     `json:"amr" enum:"pwd,otp,rc,dev" doc:"How the account signed in: rc is a recovery code, dev a remembered device."`
	ACR      domain.ACR       `json:"acr" enum:"aal1,aal2"`
	AuthTime time.Time        `json:"auth_time"`
}

// me needs no use case: the caller is all there is to show.
func (s *Server) me(_ context.Context, caller domain.Caller, _ *nothing) (*meResponse, error) {
	return showMe(caller), nil
}

type profileRequest struct {
	Conditional
	Body struct {
		FullName *string `json:"full_name,omitempty" minLength:"1" maxLength:"200"`
	}
}

func (s *Server) updateMe(ctx context.Context, caller domain.Caller, in *profileRequest) (*meResponse, error) {
	user, err := s.uc.UpdateProfile.Execute(ctx, caller, account.UpdateProfileInput{FullName: in.Body.FullName, IfMatch: in.versions()})
	caller.User = user
	return showMe(caller), err
}

type ownPasswordRequest struct {
	Body struct {
		CurrentPassword string `json:"current_password" maxLength:"1024"`
		NewPassword     string `json:"new_password" maxLength:"1024"`
	}
}

func (s *Server) changeOwnPassword(ctx context.Context, caller domain.Caller, in *ownPasswordRequest) (*tokensResponse, error) {
	result, err := s.uc.ChangeOwnPassword.Execute(ctx, caller, auth.ChangeOwnPasswordInput{
		Current: domain.NewSecret(in.Body.CurrentPassword), New: domain.NewSecret(in.Body.NewPassword),
	})
	return &tokensResponse{showTokens(result)}, err
}

func showMe(caller domain.Caller) *meResponse {
	return &meResponse{etag(caller.User.Version), me{
		ID: caller.User.ID, Email: caller.User.Email, FullName: caller.User.FullName, Status: caller.User.Status,
		Org:   orgSummary{ID: caller.Org.ID, Name: caller.Org.Name, Slug: caller.Org.Slug},
		Roles: summarize(caller.Roles), Permissions: listed(caller.Permissions()),
		MFA: mfaState{caller.Authenticator.Enrolled(), maybe(caller.Authenticator.EnrolledAt)},
		Session: currentSession{
			ID: caller.Session.ID, AMR: listed(caller.Session.AMR), ACR: caller.Session.ACR(), AuthTime: caller.Session.AuthTime,
		},
		LastSignInAt: maybe(caller.User.LastSignInAt), CreatedAt: caller.User.CreatedAt,
	}}
}

// listed returns an empty slice for nil, because JSON arrays of this API are never null.
func listed[T any](elements []T) []T {
	if elements == nil {
		return []T{}
	}
	return elements
}

// maybe shows an instant that may not have come yet as null.
func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type sessionsResponse struct{ Body page[session] }

type session struct {
	ID         domain.SessionID `json:"id"`
	IP         string           `json:"ip"`
	UserAgent  string           `json:"user_agent"`
	AMR        []domain.AMR     `json:"amr" enum:"pwd,otp,rc,dev" doc:"How the account signed in."`
	CreatedAt  time.Time        `json:"created_at"`
	LastSeenAt time.Time        `json:"last_seen_at" doc:"Can be up to fifteen seconds old."`
	ExpiresAt  time.Time        `json:"expires_at"`
	Current    bool             `json:"current" doc:"Whether it is the session of this request."`
}

func (s *Server) listSessions(ctx context.Context, caller domain.Caller, _ *nothing) (*sessionsResponse, error) {
	live, err := s.uc.ListSessions.Execute(ctx, caller)
	items := make([]session, len(live))
	for i, l := range live {
		items[i] = session{
			ID: l.ID, IP: l.Address, UserAgent: l.UserAgent, AMR: listed(l.AMR),
			CreatedAt: l.CreatedAt, LastSeenAt: l.LastSeenAt, ExpiresAt: l.ExpiresAt, Current: l.ID == caller.Session.ID,
		}
	}
	return &sessionsResponse{page[session]{Items: items}}, err
}

type sessionRequest struct {
	ID string `path:"id" maxLength:"64" doc:"The session's id."`
}

func (s *Server) revokeSession(ctx context.Context, caller domain.Caller, in *sessionRequest) (*nothing, error) {
	id, err := domain.ParseID[domain.SessionID](in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.uc.RevokeSession.Execute(ctx, caller, id)
}
