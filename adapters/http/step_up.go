package http

import (
	"context"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

type stepUpRequest struct {
	Body struct {
		Action       domain.Action `json:"action" maxLength:"64" example:"mfa.disable" doc:"The action that needs the step-up."`
		Code         string        `json:"code,omitempty" maxLength:"64" example:"123456" doc:"The six digits that the authenticator shows."`
		RecoveryCode string        `json:"recovery_code,omitempty" maxLength:"64" doc:"Instead of code."`
	}
}

type stepUpResponse struct {
	Body struct {
		StepUpToken string        `json:"step_up_token" doc:"Send it as X-Step-Up-Token, once, in this session and for this action."`
		Action      domain.Action `json:"action"`
		ExpiresIn   int           `json:"expires_in" doc:"Seconds."`
	}
}

func (s *Server) stepUp(ctx context.Context, caller domain.Caller, in *stepUpRequest) (*stepUpResponse, error) {
	result, err := s.uc.StepUp.Execute(ctx, caller, auth.StepUpInput{Action: in.Body.Action, CodeInput: codeInput(in.Body.Code, in.Body.RecoveryCode)})
	out := &stepUpResponse{}
	out.Body.StepUpToken, out.Body.Action, out.Body.ExpiresIn = result.Token.Reveal(), result.Action, int(result.ExpiresIn.Seconds())
	return out, err
}
