package http

import (
	"context"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// stepUpAPI issues step-up tokens.
type stepUpAPI struct{ uc auth.UseCases }

func (a stepUpAPI) mount(s *Server) {
	secured(table{server: s, tag: "Sign-in"}, "POST /auth/step-up", proof.OwnAccount, route{id: "step-up"}, a.stepUp)
}

type stepUpRequest struct {
	Body struct {
		Action       domain.Action `json:"action" maxLength:"64" example:"mfa.disable" doc:"The action that needs the step-up."`
		Code         string        `json:"code,omitempty" maxLength:"64" example:"123456" doc:"The six digits that the authenticator app shows."`
		RecoveryCode string        `json:"recovery_code,omitempty" maxLength:"64" doc:"Instead of code."`
		Credential   credential    `json:"credential,omitempty" doc:"Instead of code: the answer to POST /auth/step-up/options."`
	}
}

type stepUpResponse struct {
	Body struct {
		StepUpToken string        `json:"step_up_token" doc:"Send it as X-Step-Up-Token, once, in this session and for this action."`
		Action      domain.Action `json:"action"`
		ExpiresIn   int           `json:"expires_in" doc:"Seconds."`
	}
}

func (a stepUpAPI) stepUp(ctx context.Context, caller domain.Caller, in *stepUpRequest) (*stepUpResponse, error) {
	answer, err := shown{code: in.Body.Code, recoveryCode: in.Body.RecoveryCode, credential: in.Body.Credential}.answer()
	if err != nil {
		return nil, err
	}
	result, err := a.uc.StepUp.Execute(ctx, caller, auth.StepUpInput{Action: in.Body.Action, Answer: answer})
	out := &stepUpResponse{}
	out.Body.StepUpToken, out.Body.Action, out.Body.ExpiresIn = result.Token.Reveal(), result.Action, int(result.ExpiresIn.Seconds())
	return out, err
}
