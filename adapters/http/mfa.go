package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

type mfaResponse struct {
	Body struct {
		Enabled           bool       `json:"enabled"`
		EnrolledAt        *time.Time `json:"enrolled_at"`
		Pending           bool       `json:"pending" doc:"Whether an enrolment waits for confirmation with its first code."`
		RecoveryCodesLeft int        `json:"recovery_codes_left"`
	}
}

func (s *Server) mfaState(ctx context.Context, caller domain.Caller, _ *nothing) (*mfaResponse, error) {
	state, err := s.uc.MFAState.Execute(ctx, caller)
	out := &mfaResponse{}
	out.Body.Enabled, out.Body.EnrolledAt = !state.EnrolledAt.IsZero(), maybe(state.EnrolledAt)
	out.Body.Pending, out.Body.RecoveryCodesLeft = state.Pending, state.RecoveryCodesLeft
	return out, err
}

type beginMFARequest struct {
	Body *struct {
		CurrentPassword string `json:"current_password,omitempty" maxLength:"1024" doc:"Required without a fresh sign-in, or when the org lists passkey.add."`
	}
}

func (s *Server) beginMFA(ctx context.Context, caller domain.Caller, in *beginMFARequest) (*enrollmentResponse, error) {
	var current domain.Secret
	if in.Body != nil {
		current = domain.NewSecret(in.Body.CurrentPassword)
	}
	enrollment, err := s.uc.BeginMFA.Execute(ctx, caller, current)
	return showEnrollment(enrollment), err
}

type codeRequest struct {
	Body struct {
		Code string `json:"code" maxLength:"64" example:"123456" doc:"The first code of the new authenticator."`
	}
}

type recoveryCodesResponse struct {
	Body struct {
		RecoveryCodes []string `json:"recovery_codes" doc:"Shown only once. Each replaces a code once."`
	}
}

func showRecoveryCodes(codes []domain.Secret) *recoveryCodesResponse {
	out := &recoveryCodesResponse{}
	out.Body.RecoveryCodes = []string{}
	for _, code := range codes {
		out.Body.RecoveryCodes = append(out.Body.RecoveryCodes, code.Reveal())
	}
	return out
}

func (s *Server) confirmMFA(ctx context.Context, caller domain.Caller, in *codeRequest) (*recoveryCodesResponse, error) {
	codes, err := s.uc.ConfirmMFA.Execute(ctx, caller, domain.NewSecret(in.Body.Code))
	return showRecoveryCodes(codes), err
}

func (s *Server) disableMFA(ctx context.Context, caller domain.Caller, _ *nothing) (*nothing, error) {
	return nil, s.uc.DisableMFA.Execute(ctx, caller)
}

func (s *Server) newRecoveryCodes(ctx context.Context, caller domain.Caller, _ *nothing) (*recoveryCodesResponse, error) {
	codes, err := s.uc.NewRecoveryCodes.Execute(ctx, caller)
	return showRecoveryCodes(codes), err
}
