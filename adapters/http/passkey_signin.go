package http

import (
	"context"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// passkeySignInAPI signs accounts in with a passkey, alone or after the password, and asks for one before a step-up.
type passkeySignInAPI struct{ uc auth.UseCases }

func (a passkeySignInAPI) mount(s *Server) {
	t := table{server: s, tag: "Sign-in"}
	refused := []int{401, 403, 409}
	visiting(t, "POST /auth/passkey/options", route{id: "passkey-options", passkeys: true}, a.start)
	open(t, "POST /auth/passkey", route{id: "passkey-login", passkeys: true, fails: []int{401, 403}}, a.signIn)
	open(t, "POST /auth/login/mfa/passkey/options", route{
		id: "login-mfa-passkey-options", passkeys: true, fails: refused,
	}, a.challenge)
	secured(t, "POST /auth/step-up/options", proof.OwnAccount, route{
		id: "step-up-options", passkeys: true, fails: []int{409},
	}, a.challengeStepUp)
}

type startPasskeyResponse struct {
	Body struct {
		ChallengeToken string    `json:"challenge_token" doc:"Send it to POST /auth/passkey, once."`
		ExpiresIn      int       `json:"expires_in" doc:"Seconds."`
		PublicKey      publicKey `json:"public_key"`
	}
}

func (a passkeySignInAPI) start(ctx context.Context, visitor domain.Visitor, _ *nothing) (*startPasskeyResponse, error) {
	started, err := a.uc.StartPasskeySignIn.Execute(ctx, visitor)
	out := &startPasskeyResponse{}
	out.Body.ChallengeToken, out.Body.ExpiresIn = started.ChallengeToken.Reveal(), int(started.ExpiresIn.Seconds())
	out.Body.PublicKey = showOptions(started.Prompt)
	return out, err
}

type passkeyLoginRequest struct {
	Body struct {
		ChallengeToken string     `json:"challenge_token" maxLength:"200" doc:"The challenge_token of POST /auth/passkey/options."`
		Credential     credential `json:"credential"`
	}
}

func (a passkeySignInAPI) signIn(ctx context.Context, visitor domain.Visitor, in *passkeyLoginRequest) (*loginResponse, error) {
	result, err := a.uc.SignInWithPasskey.Execute(ctx, visitor, auth.SignInWithPasskeyInput{
		ChallengeToken: domain.NewSecret(in.Body.ChallengeToken), Credential: in.Body.Credential.secret(),
	})
	return showLogin(ctx, result), err
}

type passkeyChallengeRequest struct {
	Body struct {
		ChallengeToken string `json:"challenge_token" maxLength:"200" doc:"The token of the challenge, which stays usable."`
	}
}

func (a passkeySignInAPI) challenge(
	ctx context.Context, visitor domain.Visitor, in *passkeyChallengeRequest,
) (*passkeyOptionsResponse, error) {
	prompt, err := a.uc.ChallengeFactor.Execute(ctx, visitor, auth.ChallengeFactorInput{
		ChallengeToken: domain.NewSecret(in.Body.ChallengeToken), Kind: domain.FactorPasskey,
	})
	return showPasskeyOptions(prompt), err
}

type stepUpOptionsRequest struct {
	Body struct {
		Action domain.Action `json:"action" maxLength:"64" example:"mfa.disable" doc:"The action that needs the step-up."`
	}
}

func (a passkeySignInAPI) challengeStepUp(
	ctx context.Context, caller domain.Caller, in *stepUpOptionsRequest,
) (*passkeyOptionsResponse, error) {
	prompt, err := a.uc.ChallengeStepUp.Execute(ctx, caller, auth.ChallengeStepUpInput{
		Action: in.Body.Action, Kind: domain.FactorPasskey,
	})
	return showPasskeyOptions(prompt), err
}
