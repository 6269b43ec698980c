package auth_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// keys are passkeys without cryptography: every answer but "wrong" is right.
type keys struct {
	none  bool // the service cannot use passkeys
	newID port.NewID
}

func (keys) Kind() domain.FactorKind { return domain.FactorPasskey }

func (keys) AMR() domain.AMR { return domain.AMRPossession }

func (k keys) Available() error {
	if k.none {
		return domain.ErrNoPasskeys
	}
	return nil
}

func (keys) Admits(domain.Factors) error { return nil }

func (k keys) Begin(holder port.Holder) (domain.Authenticator, error) {
	pending := domain.Authenticator{ID: domain.AuthenticatorID(k.newID()), User: holder.User.ID, Kind: domain.FactorPasskey}
	pending.Handle = string(pending.ID)
	pending.Begin(holder.By, holder.Now)
	return pending, nil
}

func (keys) Show(port.Holder, domain.Authenticator) (port.Prompt, error) { return port.Prompt{}, nil }

func (keys) Parse(answer domain.Secret) (domain.Secret, error) { return answer, nil }

func (keys) ParseFirst(answer domain.Secret) (domain.Secret, error) { return answer, nil }

func (keys) Confirm(_ context.Context, holder port.Holder, answer domain.Secret) (port.Confirmation, error) {
	for _, pending := range holder.Held {
		if pending.Kind == domain.FactorPasskey && pending.BegunBy(holder.By, holder.Now) {
			live := pending
			live.Confirm(0, holder.Now)
			return port.Confirmation{Right: answer.Reveal() != "wrong", Pending: pending, Live: live}, nil
		}
	}
	return port.Confirmation{}, domain.ErrEnrollmentGone
}

func (keys) Challenge(context.Context, port.Holder) (port.Prompt, error) { return port.Prompt{}, nil }

func (keys) Verify(_ context.Context, holder port.Holder, answer domain.Secret) (port.Verification, error) {
	for _, a := range holder.Held {
		if a.Kind == domain.FactorPasskey && a.Live() {
			return port.Verification{Right: answer.Reveal() != "wrong", Authenticator: a.ID}, nil
		}
	}
	return port.Verification{}, nil
}

// passkeyFixture is a fixture that offers passkeys, too.
func passkeyFixture(t *testing.T) *fixture {
	f := newFixture(t)
	f.flow.Factors.Offered = append(f.flow.Factors.Offered, keys{newID: f.flow.NewID})
	return f
}

// require changes which accounts must sign in with a passkey.
func (f *fixture) require(covers domain.Coverage) {
	f.t.Helper()
	require.NoError(f.t, f.store.InOrg(f.t.Context(), f.org, func(tx port.OrgTx) error {
		settings, err := tx.Org().LockSettings(f.t.Context())
		if err != nil {
			return err
		}
		settings.PhishingResistant = string(covers)
		settings.PolicyVersion++
		return tx.Org().SaveSettings(f.t.Context(), settings)
	}))
}

// answer is the answer to a factor of the kind, in the canonical form of the fixture.
func (f *fixture) answer(kind domain.FactorKind) proof.Answer {
	if kind == domain.FactorTOTP {
		return proof.Answer{Kind: kind, Text: f.code()}
	}
	return proof.Answer{Kind: kind, Text: domain.NewSecret("right")}
}

func (f *fixture) complete(token domain.Secret, answer proof.Answer) (auth.LoginResult, error) {
	in := auth.CompleteMFAInput{ChallengeToken: token, Answer: answer, RememberDevice: true}
	return auth.CompleteMFA{Flow: f.flow}.Execute(f.t.Context(), f.visitor, in)
}

// add enrols a factor of the kind in the sign-in of the challenge.
func (f *fixture) add(token domain.Secret, kind domain.FactorKind) (auth.LoginResult, error) {
	start := auth.StartEnrollmentInput{ChallengeToken: token, Kind: kind}
	if _, err := (auth.StartEnrollment{Flow: f.flow}).Execute(f.t.Context(), f.visitor, start); err != nil {
		return auth.LoginResult{}, err
	}
	in := auth.ConfirmEnrollmentInput{ChallengeToken: token, Kind: kind, Answer: f.answer(kind).Text, RememberDevice: true}
	return auth.ConfirmEnrollment{Flow: f.flow}.Execute(f.t.Context(), f.visitor, in)
}

// owes requires that the sign-in owes the step, by these methods, and returns the token of the challenge.
func (f *fixture) owes(result auth.LoginResult, step domain.SignInOutcome, methods ...string) domain.Secret {
	f.t.Helper()
	require.Equal(f.t, step, result.Outcome)
	require.NotNil(f.t, result.Challenge)
	require.Equal(f.t, methods, result.Challenge.Methods)
	return result.Challenge.Token
}

// begun signs in with the right password.
func (f *fixture) begun() auth.LoginResult {
	f.t.Helper()
	result, err := f.login(password)
	require.NoError(f.t, err)
	return result
}

// signedIn requires that the sign-in is complete with these methods, and returns the caller.
func (f *fixture) signedIn(result auth.LoginResult, amr ...domain.AMR) domain.Caller {
	f.t.Helper()
	require.Equal(f.t, domain.SignInAuthenticated, result.Outcome)
	p, err := f.store.Principal(f.t.Context(), f.org, domain.SessionID(result.Tokens.Access.Reveal()))
	require.NoError(f.t, err)
	require.Equal(f.t, amr, p.Session.AMR)
	return domain.Caller{Origin: f.visitor.Origin, Principal: p}
}

func TestACoveredAccountWithoutAFactorAddsAPasskey(t *testing.T) {
	f := passkeyFixture(t)
	f.owes(f.begun(), domain.SignInEnrollmentRequired, "totp", "passkey")
	f.require(domain.CoverageAdmins)
	token := f.owes(f.begun(), domain.SignInEnrollmentRequired, "passkey")
	for range 4 {
		_, err := f.startEnrollment(token)
		requireCode(t, domain.CodeInvalid, err)
		_, err = f.confirmEnrollment(token, f.code())
		requireCode(t, domain.CodeInvalid, err)
	}
	result, err := f.add(token, domain.FactorPasskey)
	require.NoError(t, err)
	f.signedIn(result, domain.AMRPassword, domain.AMRPossession)
	require.Len(t, result.RecoveryCodes, domain.RecoveryCodeCount)
	require.True(t, result.DeviceToken.IsZero(), "no device is remembered")
}

func TestACoveredAccountWithAnAppProvesItAndThenAddsAPasskey(t *testing.T) {
	f := passkeyFixture(t)
	result, err := f.add(f.challenge(), domain.FactorTOTP)
	require.NoError(t, err)
	device := result.DeviceToken
	require.False(t, device.IsZero())
	f.now = f.now.Add(time.Minute)
	f.require(domain.CoverageAdmins)

	in := auth.LoginInput{Email: email, Password: domain.NewSecret(password), DeviceToken: device}
	result, err = auth.Login{Flow: f.flow, Hasher: f.hasher}.Execute(t.Context(), f.visitor, in)
	require.NoError(t, err)
	token := f.owes(result, domain.SignInCodeRequired, "totp", "recovery_code")
	require.Zero(t, result.Challenge.RememberDeviceDays)
	require.True(t, result.DeviceToken.IsZero(), "the token is not rotated")
	result, err = f.complete(token, f.answer(domain.FactorTOTP))
	require.NoError(t, err)
	token = f.owes(result, domain.SignInEnrollmentRequired, "passkey")
	result, err = f.add(token, domain.FactorPasskey)
	require.NoError(t, err)
	require.Empty(t, result.RecoveryCodes, "the account has them already")
	f.signedIn(result, domain.AMRPassword, domain.AMROneTimeCode, domain.AMRPossession)

	f.require(domain.CoverageOff)
	result, err = auth.Login{Flow: f.flow, Hasher: f.hasher}.Execute(t.Context(), f.visitor, in)
	require.NoError(t, err)
	require.Equal(t, domain.SignInAuthenticated, result.Outcome, "the device counts again")
}

// withBothFactors gives the owner an app and a passkey, and returns the recovery codes.
func (f *fixture) withBothFactors() []domain.Secret {
	f.t.Helper()
	result, err := f.add(f.challenge(), domain.FactorTOTP)
	require.NoError(f.t, err)
	f.now = f.now.Add(time.Minute)
	f.require(domain.CoverageEveryone)
	enrolling, err := f.complete(f.challenge(), f.answer(domain.FactorTOTP))
	require.NoError(f.t, err)
	_, err = f.add(enrolling.Challenge.Token, domain.FactorPasskey)
	require.NoError(f.t, err)
	f.require(domain.CoverageOff)
	f.now = f.now.Add(time.Minute)
	return result.RecoveryCodes
}

func TestNoOtherFactorReplacesTheRequiredPasskey(t *testing.T) {
	f := passkeyFixture(t)
	codes := f.withBothFactors()
	before := f.owes(f.begun(), domain.SignInCodeRequired, "totp", "passkey", "recovery_code")
	f.require(domain.CoverageEveryone)
	token := f.owes(f.begun(), domain.SignInCodeRequired, "passkey", "recovery_code")
	events := len(f.events())
	for range 10 {
		for _, challenge := range []domain.Secret{token, before} {
			_, err := f.complete(challenge, f.answer(domain.FactorTOTP))
			require.ErrorIs(t, err, domain.ErrPasskeyOnly)
		}
	}
	require.Len(t, f.events(), events, "nothing was compared, so nothing is counted")

	result, err := f.complete(token, f.answer(domain.FactorPasskey))
	require.NoError(t, err)
	require.True(t, result.DeviceToken.IsZero(), "no device is remembered")
	f.signedIn(result, domain.AMRPassword, domain.AMRPossession)

	recovered, err := f.complete(before, proof.Answer{RecoveryCode: codes[0]})
	require.NoError(t, err)
	token = f.owes(recovered, domain.SignInEnrollmentRequired, "passkey")
	result, err = f.add(token, domain.FactorPasskey)
	require.NoError(t, err)
	who := f.signedIn(result, domain.AMRPassword, domain.AMRRecoveryCode, domain.AMRPossession)
	require.Len(t, who.Factors, 3)

	token = f.challenge()
	for range 3 {
		_, err = f.complete(token, proof.Answer{Kind: domain.FactorPasskey, Text: domain.NewSecret("wrong")})
		require.ErrorIs(t, err, domain.ErrWrongPasskey)
	}
	_, err = f.complete(token, f.answer(domain.FactorTOTP))
	require.ErrorIs(t, err, domain.ErrAccountLocked, "a locked account is told that first")
}

func TestAMethodThatIsNotListedIsNotCompared(t *testing.T) {
	f := passkeyFixture(t)
	_, err := f.add(f.challenge(), domain.FactorPasskey)
	require.NoError(t, err)
	token := f.owes(f.begun(), domain.SignInCodeRequired, "passkey", "recovery_code")
	for range 10 {
		_, err := f.complete(token, f.answer(domain.FactorTOTP))
		require.ErrorIs(t, err, domain.ErrMethodNotListed)
	}
	_, err = f.complete(token, f.answer(domain.FactorPasskey))
	require.NoError(t, err)
}

func TestPasskeysAreNotListedWhereTheServiceCannotUseThem(t *testing.T) {
	f := passkeyFixture(t)
	f.withBothFactors()
	f.flow.Factors.Offered[1] = keys{none: true}
	f.owes(f.begun(), domain.SignInCodeRequired, "totp", "recovery_code")
	f.require(domain.CoverageEveryone)
	f.owes(f.begun(), domain.SignInCodeRequired, "recovery_code")
}

func TestACoveredSessionWithoutAPasskeyIsNotRefreshed(t *testing.T) {
	f := passkeyFixture(t)
	f.withBothFactors()
	refresh := func(result auth.LoginResult) error {
		uc := auth.Refresh{
			Store: f.store, Clock: f.flow.Clock, NewID: f.flow.NewID, Issuer: f.flow.Issuer, Wrong: f.flow.Wrong, Grace: time.Minute,
		}
		_, err := uc.Execute(t.Context(), f.visitor, result.Tokens.Refresh)
		return err
	}
	byApp, err := f.complete(f.challenge(), f.answer(domain.FactorTOTP))
	require.NoError(t, err)
	byKey, err := f.complete(f.challenge(), f.answer(domain.FactorPasskey))
	require.NoError(t, err)
	for covers, want := range map[domain.Coverage]error{
		domain.CoverageOff: nil, domain.CoverageAdmins: domain.ErrPasskeyRequired, domain.CoverageEveryone: domain.ErrPasskeyRequired,
	} {
		f.require(covers)
		require.NoError(t, refresh(byKey))
		require.ErrorIs(t, refresh(byApp), want)
	}
	f.plain()
	f.require(domain.CoverageAdmins)
	require.NoError(t, refresh(byApp), "no admin any more")
}

// steps is where callers of the fixture step up.
type steps struct {
	*fixture
	stepUps port.StepUps
}

func (s steps) stepUp(who domain.Caller, answer proof.Answer) (domain.Secret, error) {
	uc := auth.StepUp{
		StepUps: s.stepUps, Tokens: opaque.New("su"), Guesses: s.flow.Guesses, Factors: s.flow.Factors, Clock: s.flow.Clock, NewID: s.flow.NewID,
	}
	result, err := uc.Execute(s.t.Context(), who, auth.StepUpInput{Action: domain.ActionMFADisable, Answer: answer})
	return result.Token, err
}

// disable does an action that needs a step-up.
func (s steps) disable(who domain.Caller, token domain.Secret) error {
	who.StepUp = token
	return proof.Guard{
		Store: s.store, StepUps: s.stepUps, Tokens: opaque.New("su"), Wrong: s.flow.Wrong, Clock: s.flow.Clock, NewID: s.flow.NewID,
		Limits: s.flow.Issuer.Limits,
	}.Allow(s.t.Context(), who, mfaDisable, func(proof.Access) error { return nil })
}

func TestACoveredAccountStepsUpWithItsPasskey(t *testing.T) {
	f := passkeyFixture(t)
	s := steps{fixture: f, stepUps: memory.NewStepUps(f.flow.Clock)}
	codes := f.withBothFactors()
	result, err := f.complete(f.challenge(), f.answer(domain.FactorPasskey))
	require.NoError(t, err)
	who := f.signedIn(result, domain.AMRPassword, domain.AMRPossession)
	byApp, err := s.stepUp(who, f.answer(domain.FactorTOTP))
	require.NoError(t, err)

	f.require(domain.CoverageAdmins)
	who = f.signedIn(result, domain.AMRPassword, domain.AMRPossession)
	events := len(f.events())
	for range 30 {
		require.ErrorIs(t, s.disable(who, byApp), domain.ErrPasskeyStepUp, "proven before the policy changed")
		require.ErrorIs(t, s.disable(who, domain.Secret{}), domain.ErrPasskeyStepUp)
		_, err = s.stepUp(who, f.answer(domain.FactorTOTP))
		require.ErrorIs(t, err, domain.ErrPasskeyOnly)
		_, err = s.stepUp(who, proof.Answer{RecoveryCode: codes[0]})
		require.ErrorIs(t, err, domain.ErrPasskeyOnly)
	}
	require.Len(t, f.events(), events, "nothing was compared, so nothing is counted")

	byKey, err := s.stepUp(who, f.answer(domain.FactorPasskey))
	require.NoError(t, err)
	require.NoError(t, s.disable(who, byKey))
	require.ErrorIs(t, s.disable(who, byKey), domain.ErrStepUpGone)
	f.require(domain.CoverageOff)
	who = f.signedIn(result, domain.AMRPassword, domain.AMRPossession)
	require.NoError(t, s.disable(who, byApp), "it was not used up")
}

func TestACoveredAccountWithoutAPasskeyAddsOneBeforeItStepsUp(t *testing.T) {
	f := passkeyFixture(t)
	s := steps{fixture: f, stepUps: memory.NewStepUps(f.flow.Clock)}
	who := f.signedIn(f.enroll(), domain.AMRPassword, domain.AMROneTimeCode)
	who.Settings.PhishingResistant = string(domain.CoverageEveryone)
	_, err := s.stepUp(who, f.answer(domain.FactorTOTP))
	require.ErrorIs(t, err, domain.ErrEnrollPasskey)
	require.ErrorIs(t, s.disable(who, domain.Secret{}), domain.ErrEnrollPasskey)
	who.Factors = nil
	who.Settings.PhishingResistant = string(domain.CoverageOff)
	require.ErrorIs(t, s.disable(who, domain.Secret{}), domain.ErrEnrollFirst)
}

func requireCode(t *testing.T, want domain.Code, err error) {
	t.Helper()
	var failure *domain.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, want, failure.Code)
}
