package http

import (
	"context"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// passwordsAPI rates, resets and changes passwords.
type passwordsAPI struct{ uc auth.UseCases }

func (a passwordsAPI) mount(s *Server) {
	signIn, me := table{server: s, tag: "Sign-in"}, table{server: s, tag: "Me"}
	visiting(signIn, "POST /auth/password/strength", route{id: "password-strength"}, a.strength)
	visiting(signIn, "POST /auth/password/forgot", route{id: "forgot-password", status: 202}, a.forgot)
	open(signIn, "POST /auth/password/reset", route{id: "reset-password", fails: []int{401, 403}}, a.reset)
	secured(me, "POST /me/password", proof.OwnAccount, route{id: "change-password"}, a.change)
}

type strengthRequest struct {
	Body struct {
		Password string `json:"password" maxLength:"1024" doc:"The password to rate. It is neither stored nor logged."`
		Email    string `json:"email,omitempty" maxLength:"254" doc:"The address of the account; parts of it make the password weaker."`
		FullName string `json:"full_name,omitempty" maxLength:"200"`
	}
}

type strengthResponse struct{ Body strength }

type strength struct {
	Score       int            `json:"score" minimum:"0" maximum:"4" doc:"From 0, guessed at once, to 4, very hard to guess."`
	Acceptable  bool           `json:"acceptable" doc:"Whether the org would accept the password."`
	Warning     string         `json:"warning" doc:"What makes the password weak; empty when nothing does."`
	Suggestions []string       `json:"suggestions" doc:"How to make the password stronger."`
	Errors      []ProblemField `json:"errors,omitempty" doc:"Why the password would be refused."`
}

func (a passwordsAPI) strength(ctx context.Context, visitor domain.Visitor, in *strengthRequest) (*strengthResponse, error) {
	opinion, err := a.uc.PasswordStrength.Execute(ctx, visitor, auth.PasswordStrengthInput{
		Password: domain.NewSecret(in.Body.Password), Email: in.Body.Email, FullName: in.Body.FullName,
	})
	body := strength{
		Score: opinion.Score, Acceptable: len(opinion.Faults) == 0, Warning: opinion.Warning,
		Suggestions: listed(opinion.Suggestions),
	}
	for _, fault := range opinion.Faults {
		body.Errors = append(body.Errors, ProblemField{Location: "body.password", Message: fault})
	}
	return &strengthResponse{Body: body}, err
}

type addressRequest struct {
	Body struct {
		Email string `json:"email" maxLength:"254" example:"member@example.org"`
	}
}

func (a passwordsAPI) forgot(ctx context.Context, visitor domain.Visitor, in *addressRequest) (*nothing, error) {
	return nil, a.uc.ForgotPassword.Execute(ctx, visitor, in.Body.Email)
}

type resetRequest struct {
	Body struct {
		Token       string `json:"token" maxLength:"200" doc:"The part of the link after token=."`
		NewPassword string `json:"new_password" maxLength:"1024"`
	}
}

func (a passwordsAPI) reset(ctx context.Context, visitor domain.Visitor, in *resetRequest) (*nothing, error) {
	return nil, a.uc.ResetPassword.Execute(ctx, visitor, auth.ResetPasswordInput{
		Token: domain.NewSecret(in.Body.Token), NewPassword: domain.NewSecret(in.Body.NewPassword),
	})
}

type ownPasswordRequest struct {
	Body struct {
		CurrentPassword string `json:"current_password" maxLength:"1024"`
		NewPassword     string `json:"new_password" maxLength:"1024"`
	}
}

func (a passwordsAPI) change(ctx context.Context, caller domain.Caller, in *ownPasswordRequest) (*tokensResponse, error) {
	result, err := a.uc.ChangeOwnPassword.Execute(ctx, caller, auth.ChangeOwnPasswordInput{
		Current: domain.NewSecret(in.Body.CurrentPassword), New: domain.NewSecret(in.Body.NewPassword),
	})
	return &tokensResponse{Body: showTokens(result)}, err
}
