package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// mfaAPI manages the second factor of the caller's account.
type mfaAPI struct{ uc mfa.UseCases }

func (a mfaAPI) mount(s *Server) {
	t := table{server: s, tag: "Me"}
	secured(t, "GET /me/mfa", proof.OwnAccount, route{id: "mfa"}, a.state)
	secured(t, "DELETE /me/mfa", mfa.DisableNeeds, route{id: "disable-mfa"}, a.disable)
	secured(t, "POST /me/mfa/totp", mfa.BeginNeeds, route{id: "begin-mfa", fails: []int{409}}, a.begin)
	secured(t, "POST /me/mfa/totp/confirm", proof.OwnAccount, route{id: "confirm-mfa", fails: []int{409}}, a.confirm)
	secured(t, "POST /me/mfa/recovery-codes", mfa.RegenerateRecoveryCodesNeeds, route{
		id: "new-recovery-codes", fails: []int{409},
	}, a.newRecoveryCodes)
}

type mfaResponse struct {
	Body struct {
		Enabled           bool       `json:"enabled"`
		EnrolledAt        *time.Time `json:"enrolled_at"`
		Pending           bool       `json:"pending" doc:"Whether an enrolment waits for confirmation with its first code."`
		RecoveryCodesLeft int        `json:"recovery_codes_left"`
		Methods           []string   `json:"methods" enum:"totp,passkey" doc:"The kinds of factors that the account has."`
	}
}

func (a mfaAPI) state(ctx context.Context, caller domain.Caller, _ *nothing) (*mfaResponse, error) {
	state, err := a.uc.State.Execute(ctx, caller)
	out := &mfaResponse{}
	out.Body.Enabled, out.Body.EnrolledAt = state.Factors.Enrolled(), maybe(state.Factors.EnrolledAt())
	out.Body.Pending, out.Body.RecoveryCodesLeft = state.Pending, state.RecoveryCodesLeft
	out.Body.Methods = kindsOf(state.Factors)
	return out, err
}

type beginMFARequest struct {
	Body *struct {
		CurrentPassword string `json:"current_password,omitempty" maxLength:"1024" doc:"Needed unless the sign-in is fresh."`
	}
}

func (r *beginMFARequest) currentPassword() domain.Secret {
	if r.Body == nil {
		return domain.Secret{}
	}
	return domain.NewSecret(r.Body.CurrentPassword)
}

func (a mfaAPI) begin(ctx context.Context, caller domain.Caller, in *beginMFARequest) (*enrollmentResponse, error) {
	prompt, err := a.uc.Begin.Execute(ctx, caller, mfa.BeginInput{Kind: domain.FactorTOTP, CurrentPassword: in.currentPassword()})
	return showTOTP(prompt), err
}

type codeRequest struct {
	Body struct {
		Code string `json:"code" maxLength:"64" example:"123456" doc:"The first code of the new authenticator app."`
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

func (a mfaAPI) confirm(ctx context.Context, caller domain.Caller, in *codeRequest) (*recoveryCodesResponse, error) {
	added, err := a.uc.Confirm.Execute(ctx, caller, mfa.ConfirmInput{Kind: domain.FactorTOTP, Answer: domain.NewSecret(in.Body.Code)})
	return showRecoveryCodes(added.RecoveryCodes), err
}

func (a mfaAPI) disable(ctx context.Context, caller domain.Caller, _ *nothing) (*nothing, error) {
	return nil, a.uc.Disable.Execute(ctx, caller)
}

func (a mfaAPI) newRecoveryCodes(ctx context.Context, caller domain.Caller, _ *nothing) (*recoveryCodesResponse, error) {
	codes, err := a.uc.RegenerateRecoveryCodes.Execute(ctx, caller)
	return showRecoveryCodes(codes), err
}
