package http

import (
	"context"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

type addressRequest struct {
	Body struct {
		Email string `json:"email" maxLength:"254" example:"member@example.org"`
	}
}

func (s *Server) forgotPassword(ctx context.Context, visitor domain.Visitor, in *addressRequest) (*nothing, error) {
	return nil, s.uc.ForgotPassword.Execute(ctx, visitor, in.Body.Email)
}

func (s *Server) discoverOrgs(ctx context.Context, visitor domain.Visitor, in *addressRequest) (*nothing, error) {
	return nil, s.uc.DiscoverOrgs.Execute(ctx, visitor, in.Body.Email)
}

type resetRequest struct {
	Body struct {
		Token       string `json:"token" maxLength:"200" doc:"The part of the link after #token=."`
		NewPassword string `json:"new_password" maxLength:"1024"`
	}
}

func (s *Server) resetPassword(ctx context.Context, visitor domain.Visitor, in *resetRequest) (*nothing, error) {
	return nil, s.uc.ResetPassword.Execute(ctx, visitor, auth.ResetPasswordInput{
		Token: domain.NewSecret(in.Body.Token), NewPassword: domain.NewSecret(in.Body.NewPassword),
	})
}
