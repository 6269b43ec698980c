package http

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

type memberRequest struct {
	ID string `path:"id" maxLength:"64" doc:"The account's id."`
}

// onMember mounts what takes nothing but the id of an account and answers nothing.
func onMember(execute func(context.Context, domain.Caller, domain.UserID) error) func(context.Context, domain.Caller, *memberRequest) (*nothing, error) {
	return func(ctx context.Context, caller domain.Caller, in *memberRequest) (*nothing, error) {
		id, err := domain.ParseID[domain.UserID](in.ID)
		if err != nil {
			return nil, err
		}
		return nil, execute(ctx, caller, id)
	}
}

type temporaryPasswordResponse struct {
	Body struct {
		TemporaryPassword string `json:"temporary_password" doc:"Shown this once; it must be changed at the next sign-in, within three days."`
	}
}

func (s *Server) resetMemberPassword(ctx context.Context, caller domain.Caller, in *memberRequest) (*temporaryPasswordResponse, error) {
	id, err := domain.ParseID[domain.UserID](in.ID)
	if err != nil {
		return nil, err
	}
	password, err := s.uc.ResetMemberPassword.Execute(ctx, caller, id)
	out := &temporaryPasswordResponse{}
	out.Body.TemporaryPassword = password.Reveal()
	return out, err
}
