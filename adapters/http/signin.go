package http

import (
	"cmp"
	"context"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// signInAPI signs accounts in, in one or more steps.
type signInAPI struct{ uc auth.UseCases }

func (a signInAPI) mount(s *Server) {
	t := table{server: s, tag: "Sign-in"}
	refused := []int{401, 403, 409}
	visiting(t, "POST /auth/login", route{id: "login", fails: []int{401}}, a.login)
	open(t, "POST /auth/login/mfa", route{id: "login-mfa", fails: refused}, a.completeMFA)
	open(t, "POST /auth/login/mfa/enroll", route{id: "login-mfa-enroll", fails: refused}, a.startEnrollment)
	open(t, "POST /auth/login/mfa/enroll/confirm", route{id: "login-mfa-enroll-confirm", fails: refused}, a.confirmEnrollment)
	open(t, "POST /auth/login/password", route{id: "login-password", fails: refused}, a.replaceTemporaryPassword)
}

type loginRequest struct {
	Body struct {
		Email       string `json:"email" maxLength:"254" example:"owner@example.org" doc:"The account's address; letter case does not matter."`
		Password    string `json:"password" maxLength:"1024" doc:"The password, with any characters."`
		DeviceToken string `json:"device_token,omitempty" maxLength:"200" doc:"The device_token of an earlier sign-in with remember_device."`
	}
}

type loginResult struct {
	Status        domain.SignInOutcome `json:"status" enum:"authenticated,mfa_required,mfa_enrollment_required,password_change_required"`
	Tokens        *tokens              `json:"tokens,omitempty" doc:"Only when the sign-in is complete."`
	Challenge     *challenge           `json:"challenge,omitempty" doc:"The next step."`
	DeviceToken   string               `json:"device_token,omitempty" doc:"Store this token to skip MFA in this browser."`
	Decision      domain.DecisionID    `json:"decision_id,omitempty" doc:"GET /decisions/{id} explains the challenge, for 30 days."`
	RecoveryCodes []string             `json:"recovery_codes,omitempty" doc:"After an enrolment; shown only once. Each replaces one code."`
}

type challenge struct {
	Token              string   `json:"token" doc:"Send it with the next step."`
	ExpiresIn          int      `json:"expires_in" doc:"Seconds."`
	Methods            []string `json:"methods" enum:"totp,passkey,recovery_code,password" doc:"What completes the challenge."`
	RememberDeviceDays int      `json:"remember_device_days" doc:"How long a device may be remembered; 0 means not at all."`
}

type loginResponse struct{ Body loginResult }

func showLogin(ctx context.Context, r auth.LoginResult) *loginResponse {
	body := loginResult{Status: r.Outcome, Tokens: showTokens(r.Tokens), DeviceToken: r.DeviceToken.Reveal()}
	if c := r.Challenge; c != nil {
		body.Challenge = &challenge{
			Token: c.Token.Reveal(), ExpiresIn: int(c.ExpiresIn.Seconds()),
			Methods: listed(c.Methods), RememberDeviceDays: c.RememberDeviceDays,
		}
	}
	if r.Why != nil {
		body.Decision = requestOf(ctx).seal(*r.Why)
	}
	for _, code := range r.RecoveryCodes {
		body.RecoveryCodes = append(body.RecoveryCodes, code.Reveal())
	}
	return &loginResponse{Body: body}
}

func (a signInAPI) login(ctx context.Context, visitor domain.Visitor, in *loginRequest) (*loginResponse, error) {
	result, err := a.uc.Login.Execute(ctx, visitor, auth.LoginInput{
		Email: in.Body.Email, Password: domain.NewSecret(in.Body.Password), DeviceToken: domain.NewSecret(in.Body.DeviceToken),
	})
	return showLogin(ctx, result), err
}

type mfaRequest struct {
	Body struct {
		ChallengeToken string     `json:"challenge_token" maxLength:"200"`
		Code           string     `json:"code,omitempty" maxLength:"64" example:"123456" doc:"The six digits that the authenticator app shows."`
		RecoveryCode   string     `json:"recovery_code,omitempty" maxLength:"64" doc:"Instead of code."`
		Credential     credential `json:"credential,omitempty" doc:"Instead of code: the answer to POST /auth/login/mfa/passkey/options."`
		RememberDevice bool       `json:"remember_device,omitempty" doc:"Skip the code in this browser for a while."`
	}
}

func (a signInAPI) completeMFA(ctx context.Context, visitor domain.Visitor, in *mfaRequest) (*loginResponse, error) {
	answer, err := shown{code: in.Body.Code, recoveryCode: in.Body.RecoveryCode, credential: in.Body.Credential}.answer()
	if err != nil {
		return nil, err
	}
	result, err := a.uc.CompleteMFA.Execute(ctx, visitor, auth.CompleteMFAInput{
		ChallengeToken: domain.NewSecret(in.Body.ChallengeToken), RememberDevice: in.Body.RememberDevice, Answer: answer,
	})
	return showLogin(ctx, result), err
}

type challengeRequest struct {
	Body struct {
		ChallengeToken string            `json:"challenge_token" maxLength:"200"`
		Kind           domain.FactorKind `json:"kind,omitempty" enum:"totp,passkey" doc:"The factor to enrol; default totp."`
	}
}

// signInEnrollmentResponse has the members of the factor that is enrolled.
type signInEnrollmentResponse struct {
	Body struct {
		Secret     string    `json:"secret,omitempty" doc:"With kind totp: the secret in base32, to type in by hand."`
		OtpauthURI string    `json:"otpauth_uri,omitempty" doc:"With kind totp: the URI for authenticator apps (otpauth://totp/...)."`
		QRSVG      string    `json:"qr_svg,omitempty" doc:"With kind totp: the URI as a QR code, an SVG image."`
		PublicKey  publicKey `json:"public_key,omitempty" doc:"With kind passkey: the options for navigator.credentials.create()."`
	}
}

type enrollmentResponse struct {
	Body struct {
		Secret     string `json:"secret" doc:"Base32, to type in by hand."`
		OtpauthURI string `json:"otpauth_uri" doc:"For authenticator apps (otpauth://totp/...)."`
		QRSVG      string `json:"qr_svg" doc:"The URI as a QR code, an SVG image."`
	}
}

func (a signInAPI) startEnrollment(ctx context.Context, visitor domain.Visitor, in *challengeRequest) (*signInEnrollmentResponse, error) {
	prompt, err := a.uc.StartEnrollment.Execute(ctx, visitor, auth.StartEnrollmentInput{
		ChallengeToken: domain.NewSecret(in.Body.ChallengeToken), Kind: cmp.Or(in.Body.Kind, domain.FactorTOTP),
	})
	totp, out := showTOTP(prompt).Body, &signInEnrollmentResponse{}
	out.Body.Secret, out.Body.OtpauthURI, out.Body.QRSVG, out.Body.PublicKey = totp.Secret, totp.OtpauthURI, totp.QRSVG, showOptions(prompt)
	return out, err
}

func showTOTP(prompt port.Prompt) *enrollmentResponse {
	out := &enrollmentResponse{}
	out.Body.Secret, out.Body.OtpauthURI = prompt[factor.TOTPSecret].Reveal(), prompt[factor.TOTPURI].Reveal()
	out.Body.QRSVG = prompt[factor.TOTPQR].Reveal()
	return out
}

type confirmRequest struct {
	Body struct {
		ChallengeToken string     `json:"challenge_token" maxLength:"200"`
		Code           string     `json:"code,omitempty" maxLength:"64" example:"123456" doc:"The first code of the new authenticator app."`
		Credential     credential `json:"credential,omitempty" doc:"Instead of code: the new passkey."`
		Name           string     `json:"name,omitempty" minLength:"1" maxLength:"100" doc:"The passkey's name; default: the browser's."`
		RememberDevice bool       `json:"remember_device,omitempty"`
	}
}

func (a signInAPI) confirmEnrollment(ctx context.Context, visitor domain.Visitor, in *confirmRequest) (*loginResponse, error) {
	kind, answer, err := shown{code: in.Body.Code, credential: in.Body.Credential}.first()
	if err != nil {
		return nil, err
	}
	result, err := a.uc.ConfirmEnrollment.Execute(ctx, visitor, auth.ConfirmEnrollmentInput{
		ChallengeToken: domain.NewSecret(in.Body.ChallengeToken), Kind: kind, Answer: answer, Name: in.Body.Name,
		RememberDevice: in.Body.RememberDevice,
	})
	return showLogin(ctx, result), err
}

type passwordRequest struct {
	Body struct {
		ChallengeToken string `json:"challenge_token" maxLength:"200"`
		NewPassword    string `json:"new_password" maxLength:"1024"`
	}
}

func (a signInAPI) replaceTemporaryPassword(ctx context.Context, visitor domain.Visitor, in *passwordRequest) (*loginResponse, error) {
	result, err := a.uc.ReplaceTemporaryPassword.Execute(ctx, visitor, auth.ReplaceTemporaryPasswordInput{
		ChallengeToken: domain.NewSecret(in.Body.ChallengeToken), NewPassword: domain.NewSecret(in.Body.NewPassword),
	})
	return showLogin(ctx, result), err
}
