package http

import (
	"context"

	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/domain"
)

// emailAPI changes the email address of an account.
type emailAPI struct{ uc account.UseCases }

func (a emailAPI) mount(s *Server) {
	signIn, me := table{server: s, tag: "Sign-in"}, table{server: s, tag: "Me"}
	secured(me, "POST /me/email", account.ChangeEmailNeeds, route{id: "change-email", status: 202, fails: []int{409}}, a.change)
	open(signIn, "POST /auth/email/confirm", route{id: "confirm-email", fails: []int{401, 403, 409}}, a.confirm)
}

type changeEmailRequest struct {
	Body struct {
		NewEmail        string `json:"new_email" maxLength:"254" example:"ada@example.org" doc:"The new address of the account."`
		CurrentPassword string `json:"current_password,omitempty" maxLength:"1024" doc:"Required without a fresh sign-in or a step-up token."`
	}
}

func (a emailAPI) change(ctx context.Context, caller domain.Caller, in *changeEmailRequest) (*nothing, error) {
	return nil, a.uc.ChangeEmail.Execute(ctx, caller, account.ChangeEmailInput{
		Email: in.Body.NewEmail, Current: domain.NewSecret(in.Body.CurrentPassword),
	})
}

type confirmEmailRequest struct {
	Body struct {
		Token string `json:"token" maxLength:"256" doc:"The part of the link after token=."`
	}
}

func (a emailAPI) confirm(ctx context.Context, visitor domain.Visitor, in *confirmEmailRequest) (*nothing, error) {
	return nil, a.uc.ConfirmEmail.Execute(ctx, visitor, domain.NewSecret(in.Body.Token))
}
