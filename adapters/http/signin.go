package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

type loginRequest struct {
	Body struct {
		Email       string `json:"email" maxLength:"254" example:"owner@example.org" doc:"The account's address; letter case does not matter."`
		Password    string `json:"password" maxLength:"1024" doc:"The password, with any characters."`
		DeviceToken string `json:"device_token,omitempty" maxLength:"200" doc:"The device_token of an earlier sign-in with remember_device."`
	}
}

type loginResult struct {
	Status        domain.SignInOutcome `json:"status" enum:"authenticated,mfa_required,mfa_enrollment_required,password_change_required" doc:"The state of the sign-in."`
	Tokens        *tokens              `json:"tokens,omitempty" doc:"Only when the sign-in is complete."`
	Challenge     *challenge           `json:"challenge,omitempty" doc:"The next step."`
	DeviceToken   string               `json:"device_token,omitempty" doc:"Store this token to skip the code in this browser. It replaces the token that was sent."`
	Decision      domain.DecisionID    `json:"decision_id,omitempty" doc:"The id of the challenge's decision: GET /decisions/{id} explains it, for thirty days."`
	RecoveryCodes []string             `json:"recovery_codes,omitempty" doc:"Only after an enrolment, shown only once. Each replaces a code once."`
}

type tokens struct {
	AccessToken      string `json:"access_token" doc:"An RS256 JWT (RFC 9068)."`
	TokenType        string `json:"token_type" enum:"Bearer"`
	ExpiresIn        int    `json:"expires_in" doc:"Lifetime of the access token in seconds."`
	RefreshToken     string `json:"refresh_token" doc:"For one refresh."`
	RefreshExpiresIn int    `json:"refresh_expires_in" doc:"Seconds until the session ends."`
}

type challenge struct {
	Token              string   `json:"token" doc:"Send it with the next step."`
	ExpiresIn          int      `json:"expires_in" doc:"Seconds."`
	Methods            []string `json:"methods" enum:"totp,recovery_code,password" doc:"What completes the challenge."`
	RememberDeviceDays int      `json:"remember_device_days" doc:"How long a device may be remembered; 0 means not at all."`
}

type loginResponse struct{ Body loginResult }

func (s *Server) showLogin(r auth.LoginResult) *loginResponse {
	body := loginResult{Status: r.Outcome, Tokens: showTokens(r.Tokens), DeviceToken: r.DeviceToken.Reveal()}
	if c := r.Challenge; c != nil {
		body.Challenge = &challenge{
			Token: c.Token.Reveal(), ExpiresIn: int(c.ExpiresIn.Seconds()),
			Methods: listed(c.Methods), RememberDeviceDays: c.RememberDeviceDays,
		}
	}
	if r.Why != nil {
		body.Decision = s.decide(*r.Why)
	}
	for _, code := range r.RecoveryCodes {
		body.RecoveryCodes = append(body.RecoveryCodes, code.Reveal())
	}
	return &loginResponse{body}
}

func showTokens(t *auth.Tokens) *tokens {
	if t == nil {
		return nil
	}
	return &tokens{t.Access.Reveal(), "Bearer", int(t.ExpiresIn / time.Second), t.Refresh.Reveal(), int(t.RefreshExpiresIn / time.Second)}
}

func (s *Server) login(ctx context.Context, visitor domain.Visitor, in *loginRequest) (*loginResponse, error) {
	result, err := s.uc.Login.Execute(ctx, visitor, auth.LoginInput{
		Email: in.Body.Email, Password: domain.NewSecret(in.Body.Password), DeviceToken: domain.NewSecret(in.Body.DeviceToken),
	})
	return s.showLogin(result), err
}

type mfaRequest struct {
	Body struct {
		ChallengeToken string `json:"challenge_token" maxLength:"200"`
		Code           string `json:"code,omitempty" maxLength:"64" example:"123456" doc:"The six digits that the authenticator shows."`
		RecoveryCode   string `json:"recovery_code,omitempty" maxLength:"64" doc:"Instead of code."`
		RememberDevice bool   `json:"remember_device,omitempty" doc:"Skip the code in this browser for a while."`
	}
}

func (s *Server) completeMFA(ctx context.Context, visitor domain.Visitor, in *mfaRequest) (*loginResponse, error) {
	result, err := s.uc.CompleteMFA.Execute(ctx, visitor, auth.CompleteMFAInput{
		ChallengeToken: domain.NewSecret(in.Body.ChallengeToken), RememberDevice: in.Body.RememberDevice,
		CodeInput: codeInput(in.Body.Code, in.Body.RecoveryCode),
	})
	return s.showLogin(result), err
}

func codeInput(code, recoveryCode string) proof.CodeInput {
	return proof.CodeInput{Code: domain.NewSecret(code), RecoveryCode: domain.NewSecret(recoveryCode)}
}

type challengeRequest struct {
	Body struct {
		ChallengeToken string `json:"challenge_token" maxLength:"200"`
	}
}

type enrollmentResponse struct {
	Body struct {
		Secret     string `json:"secret" doc:"Base32, to type in by hand."`
		OtpauthURI string `json:"otpauth_uri" doc:"For authenticator apps (otpauth://totp/...)."`
		QRSVG      string `json:"qr_svg" doc:"The URI as a QR code, an SVG image."`
	}
}

func (s *Server) startEnrollment(ctx context.Context, visitor domain.Visitor, in *challengeRequest) (*enrollmentResponse, error) {
	enrollment, err := s.uc.StartEnrollment.Execute(ctx, visitor, domain.NewSecret(in.Body.ChallengeToken))
	return showEnrollment(enrollment), err
}

func showEnrollment(e port.Enrollment) *enrollmentResponse {
	out := &enrollmentResponse{}
	out.Body.Secret, out.Body.OtpauthURI, out.Body.QRSVG = e.Secret.Reveal(), e.URI.Reveal(), e.QR.Reveal()
	return out
}

type confirmRequest struct {
	Body struct {
		ChallengeToken string `json:"challenge_token" maxLength:"200"`
		Code           string `json:"code" maxLength:"64" example:"123456" doc:"The first code of the new authenticator."`
		RememberDevice bool   `json:"remember_device,omitempty"`
	}
}

func (s *Server) confirmEnrollment(ctx context.Context, visitor domain.Visitor, in *confirmRequest) (*loginResponse, error) {
	result, err := s.uc.ConfirmEnrollment.Execute(ctx, visitor, auth.ConfirmEnrollmentInput{
		ChallengeToken: domain.NewSecret(in.Body.ChallengeToken), Code: domain.NewSecret(in.Body.Code), RememberDevice: in.Body.RememberDevice,
	})
	return s.showLogin(result), err
}

type passwordRequest struct {
	Body struct {
		ChallengeToken string `json:"challenge_token" maxLength:"200"`
		NewPassword    string `json:"new_password" maxLength:"1024"`
	}
}

func (s *Server) changePassword(ctx context.Context, visitor domain.Visitor, in *passwordRequest) (*loginResponse, error) {
	result, err := s.uc.ChangePassword.Execute(ctx, visitor, auth.ChangePasswordInput{
		ChallengeToken: domain.NewSecret(in.Body.ChallengeToken), NewPassword: domain.NewSecret(in.Body.NewPassword),
	})
	return s.showLogin(result), err
}

type refreshRequest struct {
	Body struct {
		RefreshToken string `json:"refresh_token" maxLength:"300"`
	}
}

type tokensResponse struct{ Body *tokens }

func (s *Server) refresh(ctx context.Context, visitor domain.Visitor, in *refreshRequest) (*tokensResponse, error) {
	result, err := s.uc.Refresh.Execute(ctx, visitor, domain.NewSecret(in.Body.RefreshToken))
	if err != nil {
		return nil, err
	}
	NoteOrg(ctx, result.Org)
	return &tokensResponse{showTokens(result)}, nil
}

type nothing struct{}

func (s *Server) logout(ctx context.Context, caller domain.Caller, _ *nothing) (*nothing, error) {
	return nil, s.uc.Logout.Execute(ctx, caller)
}

func (s *Server) logoutAll(ctx context.Context, caller domain.Caller, _ *nothing) (*nothing, error) {
	return nil, s.uc.LogoutAll.Execute(ctx, caller)
}

type resolveOrgRequest struct {
	Org string `query:"org" required:"true" maxLength:"63" doc:"An org's id or slug."`
}

type orgSummary struct {
	ID   domain.OrgID `json:"id"`
	Name string       `json:"name"`
	Slug domain.Slug  `json:"slug"`
}

type orgResponse struct{ Body orgSummary }

func (s *Server) resolveOrg(ctx context.Context, _ domain.Visitor, in *resolveOrgRequest) (*orgResponse, error) {
	org, err := s.uc.ResolveOrg.Execute(ctx, in.Org)
	return &orgResponse{orgSummary{org.ID, org.Name, org.Slug}}, err
}
