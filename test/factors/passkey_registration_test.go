package factors

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

func TestPasskeysAreRegisteredFromTheProfile(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t, laptop := s.t, newDevice()
		laptop.Synced = true
		caller, elsewhere := s.ordinary(), s.byPassword()
		first, err := s.begin(caller, domain.FactorPasskey)
		require.NoError(t, err)
		second, err := s.begin(caller, domain.FactorPasskey)
		require.NoError(t, err)
		require.NotEqual(t, first, second, "several registrations can be open")
		added, err := s.confirm(caller, registered(t, phone, first))
		require.NoError(t, err)
		require.Len(t, added.RecoveryCodes, domain.RecoveryCodeCount)
		require.Equal(t, mfa.Passkey{
			ID: added.Passkey.ID, Name: "a browser", CreatedAt: s.now, LastUsedAt: s.now, Transports: added.Passkey.Transports,
		}, added.Passkey)
		_, err = s.store.Principal(t.Context(), s.visitor.Org, elsewhere.Session.ID)
		require.NoError(t, err)
		require.False(t, s.again(elsewhere).Session.EndedAt.IsZero(), "a session without a second factor ends")

		caller = s.again(caller)
		in := mfa.ConfirmInput{Kind: domain.FactorPasskey, Answer: registered(t, laptop, second), Name: " My laptop "}
		more, err := s.mfa.Confirm.Execute(t.Context(), caller, in)
		require.NoError(t, err)
		require.Empty(t, more.RecoveryCodes, "only the first factor comes with recovery codes")
		require.Equal(t, "My laptop", more.Passkey.Name)
		require.True(t, more.Passkey.Synced)
		require.Equal(t, phone.Passkeys()[0].UserHandle, laptop.Passkeys()[0].UserHandle)
		require.Len(t, phone.Passkeys()[0].UserHandle, 64)

		listed, err := s.mfa.Passkeys.Execute(t.Context(), caller)
		require.NoError(t, err)
		require.ElementsMatch(t, []mfa.Passkey{added.Passkey, more.Passkey}, listed)
		enrolled := s.events(domain.EventMFAEnrolled)
		require.Len(t, enrolled, 2)
		require.Contains(t, []string{enrolled[0].Details["name"], enrolled[1].Details["name"]}, "My laptop")
		require.Equal(t, "passkey", enrolled[0].Details["kind"])
		emails := s.emails(domain.EmailPasskeyAdded)
		require.Len(t, emails, 2)
		require.Equal(t, `the passkey "My laptop"`, emails[1].Details["passkey"])

		prompt, err := s.begin(caller, domain.FactorPasskey)
		require.NoError(t, err)
		_, err = phone.Register(optionsOf(prompt))
		require.ErrorIs(t, err, authenticator.ErrExcluded, "a device is not registered twice")
	})
}

func TestANameThatLooksLikeALinkIsInNoEmail(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		caller := s.ordinary()
		prompt, err := s.begin(caller, domain.FactorPasskey)
		require.NoError(s.t, err)
		in := mfa.ConfirmInput{Kind: domain.FactorPasskey, Answer: registered(s.t, phone, prompt), Name: "confirm at evil.example"}
		_, err = s.mfa.Confirm.Execute(s.t.Context(), caller, in)
		require.NoError(s.t, err)
		require.Equal(s.t, "a passkey", s.emails(domain.EmailPasskeyAdded)[0].Details["passkey"])
	})
}

func TestARegistrationIsGoodForOneAnswerOfItsSession(t *testing.T) {
	elsewhere := func(a *authenticator.Answer) { a.ClientData["origin"] = "https://evil.example" }
	for name, try := range map[string]func(s *service, caller domain.Caller, prompt port.Prompt) error{
		"by another session": func(s *service, _ domain.Caller, prompt port.Prompt) error {
			_, err := s.confirm(s.byPassword(), registered(s.t, newDevice(), prompt))
			return err
		},
		"too late": func(s *service, caller domain.Caller, prompt port.Prompt) error {
			s.now = s.now.Add(domain.CeremonyTTL)
			_, err := s.confirm(caller, registered(s.t, newDevice(), prompt))
			return err
		},
		"after a wrong answer": func(s *service, caller domain.Caller, prompt port.Prompt) error {
			_, err := s.confirm(caller, registered(s.t, newDevice(), prompt, elsewhere))
			require.ErrorIs(s.t, err, domain.ErrWrongPasskey)
			require.Empty(s.t, s.held(caller), "the pending passkey is removed")
			_, err = s.confirm(caller, registered(s.t, newDevice(), prompt))
			return err
		},
		"again": func(s *service, caller domain.Caller, prompt port.Prompt) error {
			answer := registered(s.t, newDevice(), prompt)
			_, err := s.confirm(caller, answer)
			require.NoError(s.t, err)
			_, err = s.confirm(s.again(caller), answer)
			require.Len(s.t, s.held(caller), 1)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			withPasskeys(t, func(s *service, _ *authenticator.Authenticator) {
				caller := s.ordinary()
				prompt, err := s.begin(caller, domain.FactorPasskey)
				require.NoError(s.t, err)
				before := len(s.events(domain.EventMFACodeRefused))
				require.ErrorIs(s.t, try(s, caller, prompt), domain.ErrWrongPasskey)
				require.Greater(s.t, len(s.events(domain.EventMFACodeRefused)), before)
			})
		})
	}
}

func TestParallelAnswersToOneRegistrationAddOnePasskey(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		caller := s.ordinary()
		prompt, err := s.begin(caller, domain.FactorPasskey)
		require.NoError(s.t, err)
		answer := registered(s.t, phone, prompt)
		require.Equal(s.t, 1, won(4, func(int) error {
			_, err := s.confirm(caller, answer)
			return err
		}))
		require.Len(s.t, s.held(caller), 1)
	})
}

// won runs try n times at once and returns how many calls succeeded.
func won(n int, try func(i int) error) (won int) {
	results := make(chan error, n)
	for i := range n {
		go func() { results <- try(i) }()
	}
	for range n {
		if <-results == nil {
			won++
		}
	}
	return won
}

func TestACredentialIsRegisteredOncePerOrg(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		caller, _ := s.add(s.ordinary(), phone)
		theirs := phone.Passkeys()[0].ID
		taken := func(a *authenticator.Answer) { a.CredentialID = theirs }

		token := s.login(ownerEmail).Token
		start := auth.StartEnrollmentInput{ChallengeToken: token, Kind: domain.FactorPasskey}
		prompt, err := s.auth.StartEnrollment.Execute(t.Context(), s.visitor, start)
		require.NoError(t, err)
		in := auth.ConfirmEnrollmentInput{
			ChallengeToken: token, Kind: domain.FactorPasskey, Answer: registered(t, newDevice(), prompt, taken),
		}
		_, err = s.auth.ConfirmEnrollment.Execute(t.Context(), s.visitor, in)
		require.ErrorIs(t, err, domain.ErrAuthenticatorTaken)
		require.Contains(t, s.events(domain.EventSignInRefused)[0].Details["reason"], "registered already")
		require.Len(t, s.held(caller), 1, "it is still there")

		prompt, err = s.auth.StartEnrollment.Execute(t.Context(), s.visitor, start)
		require.NoError(t, err, "the sign-in goes on")
		in.Answer, in.Name = registered(t, newDevice(), prompt), "Key of the owner"
		result, err := s.auth.ConfirmEnrollment.Execute(t.Context(), s.visitor, in)
		require.NoError(t, err)
		require.Len(t, result.RecoveryCodes, domain.RecoveryCodeCount)
		owner := s.caller(result.Tokens)
		require.Equal(t, []domain.AMR{domain.AMRPassword, domain.AMRPossession}, owner.Session.AMR)
		require.Equal(t, "Key of the owner", s.held(owner)[0].Name)
	})
}

func TestTwentyPasskeysAreTheLimitUnderParallelConfirmations(t *testing.T) {
	withPasskeys(t, func(s *service, _ *authenticator.Authenticator) {
		t := s.t
		caller := s.ordinary()
		for range domain.MaxPasskeys - 2 {
			caller, _ = s.add(caller, newDevice())
			s.now = s.now.Add(time.Second)
		}
		answers := make([]domain.Secret, 5)
		for i := range answers {
			prompt, err := s.begin(caller, domain.FactorPasskey)
			require.NoError(t, err)
			answers[i] = registered(t, newDevice(), prompt)
		}
		require.Equal(t, 2, won(len(answers), func(i int) error {
			_, err := s.confirm(caller, answers[i])
			if err != nil {
				require.ErrorIs(t, err, domain.ErrTooManyPasskeys)
			}
			return err
		}))
		listed, err := s.mfa.Passkeys.Execute(t.Context(), caller)
		require.NoError(t, err)
		require.Len(t, listed, domain.MaxPasskeys)
		_, err = s.begin(s.again(caller), domain.FactorPasskey)
		require.ErrorIs(t, err, domain.ErrTooManyPasskeys)
	})
}

func TestOpenRegistrationsAreBounded(t *testing.T) {
	withPasskeys(t, func(s *service, _ *authenticator.Authenticator) {
		caller := s.ordinary()
		prompts := make([]port.Prompt, 22)
		for i := range prompts {
			var err error
			prompts[i], err = s.begin(caller, domain.FactorPasskey)
			require.NoError(s.t, err)
			s.now = s.now.Add(time.Second)
		}
		require.Len(s.t, s.held(caller), 20)
		for i, want := range map[int]error{0: domain.ErrWrongPasskey, 1: domain.ErrWrongPasskey, 2: nil, 21: nil} {
			_, err := s.confirm(s.again(caller), registered(s.t, newDevice(), prompts[i]))
			require.ErrorIs(s.t, err, want, fmt.Sprint("registration ", i))
		}
	})
}
