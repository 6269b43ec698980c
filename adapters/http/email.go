package http

import (
	"context"

	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/domain"
)

type changeEmailRequest struct {
	Body struct {
		NewEmail        string `json:"new_email" maxLength:"254" example:"ada@example.org" doc:"The new address of the account."`
		CurrentPassword string `json:"current_password,omitempty" maxLength:"1024" doc:"Required without a fresh sign-in or a step-up token."`
	}
}

func (s *Server) changeEmail(ctx context.Context, caller domain.Caller, in *changeEmailRequest) (*nothing, error) {
	return nil, s.uc.ChangeEmail.Execute(ctx, caller, account.ChangeEmailInput{
		Email: in.Body.NewEmail, Current: domain.NewSecret(in.Body.CurrentPassword),
	})
}

type confirmEmailRequest struct {
	Body struct {
		Token string `json:"token" maxLength:"256" doc:"The part of the link after #token=."`
	}
}

func (s *Server) confirmEmail(ctx context.Context, visitor domain.Visitor, in *confirmEmailRequest) (*nothing, error) {
	return nil, s.uc.ConfirmEmail.Execute(ctx, visitor, domain.NewSecret(in.Body.Token))
}
