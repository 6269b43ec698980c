package factors

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/webauthn"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

const (
	site        = "https://id.example.org"
	memberEmail = "member@example.org"
)

// withPasskeys runs the test on each store, with passkeys as the other kind.
func withPasskeys(t *testing.T, test func(s *service, device *authenticator.Authenticator)) {
	offer := func(s *service) port.SecondFactor { return newPasskey(s) }
	onEachWith(t, offer, func(s *service) { test(s, newDevice()) })
}

func newPasskey(s *service) factor.Passkey {
	return factor.Passkey{
		WebAuthn:   webauthn.New(webauthn.Config{RPID: "example.org", Origins: []string{site}}),
		Ceremonies: memory.NewCeremonies(func() time.Time { return s.now }),
		Records:    webauthn.Records{}, NewID: func() string { return s.newID() }, Random: opaque.RandomBytes,
	}
}

func newDevice() *authenticator.Authenticator { return &authenticator.Authenticator{Origin: site} }

// credential returns the answer of a device as the client sends it.
func credential(t *testing.T, answer json.RawMessage, err error) domain.Secret {
	t.Helper()
	require.NoError(t, err)
	return domain.NewSecret(string(answer))
}

func optionsOf(prompt port.Prompt) []byte { return []byte(prompt[factor.PasskeyOptions].Reveal()) }

// registered returns the answer of the device to a registration.
func registered(t *testing.T, device *authenticator.Authenticator, prompt port.Prompt, bends ...func(*authenticator.Answer)) domain.Secret {
	t.Helper()
	answer, err := device.Register(optionsOf(prompt), bends...)
	return credential(t, answer, err)
}

// signed returns the answer of the device to a request.
func signed(t *testing.T, device *authenticator.Authenticator, prompt port.Prompt, bends ...func(*authenticator.Answer)) domain.Secret {
	t.Helper()
	answer, err := device.Sign(optionsOf(prompt), bends...)
	return credential(t, answer, err)
}

// ordinary creates an account that needs no second factor, and signs it in with its password.
func (s *service) ordinary() domain.Caller {
	s.t.Helper()
	user, err := domain.NewUser(domain.UserID(s.newID()), memberEmail, "Mia Member", s.now)
	require.NoError(s.t, err)
	user.SetPassword(password, false, s.now)
	require.NoError(s.t, s.store.InOrg(s.t.Context(), s.visitor.Org, func(tx port.OrgTx) error {
		return tx.Users().Insert(s.t.Context(), user)
	}))
	return s.byPassword()
}

// byPassword signs the ordinary account in with its password only.
func (s *service) byPassword() domain.Caller {
	s.t.Helper()
	in := auth.LoginInput{Email: memberEmail, Password: domain.NewSecret(password)}
	result, err := s.auth.Login.Execute(s.t.Context(), s.visitor, in)
	require.NoError(s.t, err)
	require.Equal(s.t, domain.SignInAuthenticated, result.Outcome)
	return s.caller(result.Tokens)
}

// account changes the caller's account.
func (s *service) account(caller domain.Caller, change func(*domain.User)) {
	s.t.Helper()
	require.NoError(s.t, s.store.InOrg(s.t.Context(), s.visitor.Org, func(tx port.OrgTx) error {
		user, err := tx.Users().Get(s.t.Context(), caller.User.ID)
		if err != nil {
			return err
		}
		change(&user)
		return tx.Users().Update(s.t.Context(), user)
	}))
}

// confirm finishes a registration from the profile.
func (s *service) confirm(caller domain.Caller, answer domain.Secret) (mfa.Confirmed, error) {
	return s.mfa.Confirm.Execute(s.t.Context(), caller, mfa.ConfirmInput{Kind: domain.FactorPasskey, Answer: answer})
}

// add registers a passkey from the profile and returns it with the caller of the next request.
func (s *service) add(caller domain.Caller, device *authenticator.Authenticator) (domain.Caller, mfa.Confirmed) {
	s.t.Helper()
	prompt, err := s.begin(caller, domain.FactorPasskey)
	require.NoError(s.t, err)
	added, err := s.confirm(caller, registered(s.t, device, prompt))
	require.NoError(s.t, err)
	return s.again(caller), added
}

// alone starts a sign-in by a passkey alone.
func (s *service) alone() auth.PasskeySignIn {
	s.t.Helper()
	started, err := s.auth.StartPasskeySignIn.Execute(s.t.Context(), s.visitor)
	require.NoError(s.t, err)
	return started
}

// signIn answers a sign-in by a passkey alone.
func (s *service) signIn(started auth.PasskeySignIn, answer domain.Secret) (auth.LoginResult, error) {
	in := auth.SignInWithPasskeyInput{ChallengeToken: started.ChallengeToken, Credential: answer}
	return s.auth.SignInWithPasskey.Execute(s.t.Context(), s.visitor, in)
}

// steppedUp returns the caller with a step-up by the device for the action.
func (s *service) steppedUp(caller domain.Caller, action domain.Action, device *authenticator.Authenticator) domain.Caller {
	s.t.Helper()
	in := auth.ChallengeStepUpInput{Action: action, Kind: domain.FactorPasskey}
	prompt, err := s.auth.ChallengeStepUp.Execute(s.t.Context(), caller, in)
	require.NoError(s.t, err)
	answer := proof.Answer{Kind: domain.FactorPasskey, Text: signed(s.t, device, prompt)}
	proved, err := s.auth.StepUp.Execute(s.t.Context(), caller, auth.StepUpInput{Action: action, Answer: answer})
	require.NoError(s.t, err)
	caller.StepUp = proved.Token
	return caller
}

// events returns the audit events with the name, newest first.
func (s *service) events(name domain.EventName) (found []domain.AuditEvent) {
	s.t.Helper()
	require.NoError(s.t, s.store.ReadOrg(s.t.Context(), s.visitor.Org, func(tx port.OrgTx) (err error) {
		found, err = tx.Audit().Newest(s.t.Context(), 1000)
		return err
	}))
	return slices.DeleteFunc(found, func(e domain.AuditEvent) bool { return e.Name != name })
}

// emails returns the emails of the kind that were sent.
func (s *service) emails(kind domain.EmailKind) (sent []domain.EmailMessage) {
	for _, job := range s.queue.Jobs() {
		if email, ok := job.(port.EmailJob); ok && email.Message.Kind == kind {
			sent = append(sent, email.Message)
		}
	}
	return sent
}
