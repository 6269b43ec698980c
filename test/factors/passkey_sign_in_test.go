package factors

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

func unverified(a *authenticator.Answer) { a.Verified = false }

func TestAPasskeyAloneSignsIn(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		caller, _ := s.add(s.ordinary(), phone)
		s.now = s.now.Add(time.Hour)
		started := s.alone()
		require.Equal(t, 5*time.Minute, started.ExpiresIn)
		result, err := s.signIn(started, signed(t, phone, started.Prompt))
		require.NoError(t, err)
		require.Equal(t, domain.SignInAuthenticated, result.Outcome)
		who := s.caller(result.Tokens)
		require.Equal(t, caller.User.ID, who.User.ID)
		require.Equal(t, []domain.AMR{domain.AMRPossession}, who.Session.AMR)
		require.Equal(t, domain.AAL2, who.Session.ACR())
		require.Equal(t, s.now, who.Session.AuthTime)
		require.Equal(t, s.now, who.User.LastSignInAt)
		require.Equal(t, "pop", s.events(domain.EventSignedIn)[0].Details["amr"])
		require.Equal(t, s.now, s.held(who)[0].LastUsedAt)
		require.EqualValues(t, phone.Passkeys()[0].Counter, s.held(who)[0].Counter)

		s.account(caller, func(u *domain.User) { u.SetPassword(password, true, s.now) })
		started = s.alone()
		result, err = s.signIn(started, signed(t, phone, started.Prompt))
		require.NoError(t, err)
		require.Equal(t, domain.SignInPasswordChange, result.Outcome)
	})
}

func TestASyncedPasskeyIsShownAsItWasLastUsed(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		phone.Synced = true
		caller, added := s.add(s.ordinary(), phone)
		require.True(t, added.Passkey.Synced)
		started := s.alone()
		result, err := s.signIn(started, signed(t, phone, started.Prompt, func(a *authenticator.Answer) { a.BackedUp = false }))
		require.NoError(t, err)
		listed, err := s.mfa.Passkeys.Execute(t.Context(), s.caller(result.Tokens))
		require.NoError(t, err)
		require.False(t, listed[0].Synced)
		require.Zero(t, s.held(caller)[0].Counter)
	})
}

// TestEveryRefusalOfAPasskeyAloneIsTheSame tries what must not sign in. Each is counted and audited, and leaves the
// passkey good for the next sign-in.
func TestEveryRefusalOfAPasskeyAloneIsTheSame(t *testing.T) {
	for name, try := range map[string]func(s *service, caller domain.Caller, phone *authenticator.Authenticator) error{
		"an unknown passkey": func(s *service, _ domain.Caller, _ *authenticator.Authenticator) error {
			stranger, started := newDevice(), s.alone()
			prompt, err := s.begin(s.byPasskey(stranger), domain.FactorPasskey)
			require.NoError(s.t, err)
			other := newDevice()
			registered(s.t, other, prompt)
			_, err = s.signIn(started, signed(s.t, other, started.Prompt))
			return err
		},
		"without user verification": func(s *service, _ domain.Caller, phone *authenticator.Authenticator) error {
			started := s.alone()
			_, err := s.signIn(started, signed(s.t, phone, started.Prompt, unverified))
			return err
		},
		"too late": func(s *service, _ domain.Caller, phone *authenticator.Authenticator) error {
			started := s.alone()
			answer := signed(s.t, phone, started.Prompt)
			s.now = s.now.Add(domain.CeremonyTTL)
			_, err := s.signIn(started, answer)
			return err
		},
		"again": func(s *service, _ domain.Caller, phone *authenticator.Authenticator) error {
			started := s.alone()
			answer := signed(s.t, phone, started.Prompt)
			_, err := s.signIn(started, answer)
			require.NoError(s.t, err)
			_, err = s.signIn(started, answer)
			return err
		},
		"after a wrong answer": func(s *service, _ domain.Caller, phone *authenticator.Authenticator) error {
			started := s.alone()
			_, err := s.signIn(started, signed(s.t, phone, started.Prompt, unverified))
			require.ErrorIs(s.t, err, domain.ErrPasskeyRefused)
			_, err = s.signIn(started, signed(s.t, phone, started.Prompt))
			return err
		},
		"with the token of another sign-in": func(s *service, _ domain.Caller, phone *authenticator.Authenticator) error {
			_, err := s.signIn(s.alone(), signed(s.t, phone, s.alone().Prompt))
			return err
		},
		"with the answer to a step-up": func(s *service, caller domain.Caller, phone *authenticator.Authenticator) error {
			in := auth.ChallengeStepUpInput{Action: domain.ActionMFADisable, Kind: domain.FactorPasskey}
			prompt, err := s.auth.ChallengeStepUp.Execute(s.t.Context(), caller, in)
			require.NoError(s.t, err)
			_, err = s.signIn(s.alone(), signed(s.t, phone, prompt))
			return err
		},
		"a suspended account": func(s *service, caller domain.Caller, phone *authenticator.Authenticator) error {
			s.account(caller, func(u *domain.User) { u.Status = domain.StatusSuspended })
			started := s.alone()
			_, err := s.signIn(started, signed(s.t, phone, started.Prompt))
			s.account(caller, func(u *domain.User) { u.Status = domain.StatusActive })
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
				caller, _ := s.add(s.ordinary(), phone)
				before := len(s.events(domain.EventSignInRefused))
				require.ErrorIs(s.t, try(s, caller, phone), domain.ErrPasskeyRefused)
				refused := s.events(domain.EventSignInRefused)
				require.Greater(s.t, len(refused), before)
				require.NotEmpty(s.t, refused[0].Details["reason"])
				require.NotEmpty(s.t, refused[0].Details["decision_id"])
				started := s.alone()
				_, err := s.signIn(started, signed(s.t, phone, started.Prompt))
				require.NoError(s.t, err)
			})
		})
	}
}

// byPasskey signs the owner in with a new passkey of the device.
func (s *service) byPasskey(device *authenticator.Authenticator) domain.Caller {
	s.t.Helper()
	token := s.login(ownerEmail).Token
	start := auth.StartEnrollmentInput{ChallengeToken: token, Kind: domain.FactorPasskey}
	prompt, err := s.auth.StartEnrollment.Execute(s.t.Context(), s.visitor, start)
	require.NoError(s.t, err)
	result, err := s.auth.ConfirmEnrollment.Execute(s.t.Context(), s.visitor, auth.ConfirmEnrollmentInput{
		ChallengeToken: token, Kind: domain.FactorPasskey, Answer: registered(s.t, device, prompt),
	})
	require.NoError(s.t, err)
	return s.caller(result.Tokens)
}

func TestKnownAndUnknownPasskeysLockAlike(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		s.add(s.ordinary(), phone)
		unknown := newDevice()
		prompt, err := s.begin(s.byBoth(phone), domain.FactorPasskey)
		require.NoError(t, err)
		registered(t, unknown, prompt)
		for name, device := range map[string]*authenticator.Authenticator{"known": phone, "unknown": unknown} {
			for range 5 {
				started := s.alone()
				_, err := s.signIn(started, signed(t, device, started.Prompt, unverified))
				require.ErrorIs(t, err, domain.ErrPasskeyRefused, name)
			}
			started := s.alone()
			_, err := s.signIn(started, signed(t, device, started.Prompt))
			require.ErrorIs(t, err, domain.ErrAccountLocked, name)
		}
	})
}

// byBoth signs the ordinary account in with its password and the passkey of the device.
func (s *service) byBoth(device *authenticator.Authenticator) domain.Caller {
	s.t.Helper()
	token := s.login(memberEmail).Token
	in := auth.ChallengeFactorInput{ChallengeToken: token, Kind: domain.FactorPasskey}
	prompt, err := s.auth.ChallengeFactor.Execute(s.t.Context(), s.visitor, in)
	require.NoError(s.t, err)
	result, err := s.answer(token, domain.FactorPasskey, signed(s.t, device, prompt, unverified))
	require.NoError(s.t, err, "after a password, user verification is not required")
	return s.caller(result.Tokens)
}

func TestOfParallelAnswersToOneRequestOneSignsIn(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		phone.Synced = true // the counter does not tell the answers apart
		s.add(s.ordinary(), phone)
		started := s.alone()
		answer := signed(s.t, phone, started.Prompt)
		require.Equal(s.t, 1, won(4, func(int) error {
			_, err := s.signIn(started, answer)
			return err
		}))
		require.Len(s.t, s.events(domain.EventSignedIn), 2, "the password and one answer")
	})
}

func TestATokenAndAnAnswerAreReadBeforeAnythingIsCounted(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		s.add(s.ordinary(), phone)
		started := s.alone()
		answer := signed(t, phone, started.Prompt)
		_, err := s.signIn(auth.PasskeySignIn{ChallengeToken: domain.NewSecret("no token")}, answer)
		require.ErrorIs(t, err, domain.ErrChallengeGone)
		_, err = s.signIn(started, domain.NewSecret("{}"))
		requireInvalid(t, err, "no credential")
		elsewhere := s.visitor
		elsewhere.Org = domain.OrgID(s.newID())
		in := auth.SignInWithPasskeyInput{ChallengeToken: started.ChallengeToken, Credential: answer}
		_, err = s.auth.SignInWithPasskey.Execute(t.Context(), elsewhere, in)
		require.ErrorIs(t, err, domain.ErrOrgMismatch)
		require.Empty(t, s.events(domain.EventSignInRefused))
		_, err = s.signIn(started, answer)
		require.NoError(t, err, "nothing was used up")
	})
}

func TestAnAccountOfOneOrgNeverSignsInToAnother(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		s.add(s.ordinary(), phone)
		other := s.visitor
		other.Org = domain.OrgID(s.newID())
		clock := func() time.Time { return s.now }
		seed := platform.Seed{Store: s.store, Hasher: plainHasher{}, Clock: clock, NewID: s.newID}
		_, err := seed.Execute(t.Context(), platform.SeedInput{
			OrgID: other.Org, OrgName: "Other", OrgSlug: "other", Email: memberEmail, FullName: "Mia Member", Password: domain.NewSecret(password),
		})
		require.NoError(t, err)
		started, err := s.auth.StartPasskeySignIn.Execute(t.Context(), other)
		require.NoError(t, err)
		in := auth.SignInWithPasskeyInput{ChallengeToken: started.ChallengeToken, Credential: signed(t, phone, started.Prompt)}
		_, err = s.auth.SignInWithPasskey.Execute(t.Context(), other, in)
		require.ErrorIs(t, err, domain.ErrPasskeyRefused)
		started = s.alone()
		in = auth.SignInWithPasskeyInput{
			ChallengeToken: opaque.New("ch").New(other.Org).Secret, Credential: signed(t, phone, started.Prompt),
		}
		_, err = s.auth.SignInWithPasskey.Execute(t.Context(), other, in)
		require.ErrorIs(t, err, domain.ErrPasskeyRefused, "the request is of another org")
	})
}

func TestACounterThatDoesNotRiseIsRefusedAndReported(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		caller, _ := s.add(s.ordinary(), phone)
		s.byBoth(phone)
		stored := s.held(caller)[0]
		require.Positive(t, stored.Counter)
		same := func(a *authenticator.Answer) { a.Counter = uint32(stored.Counter) }

		token := s.login(memberEmail).Token
		ask := auth.ChallengeFactorInput{ChallengeToken: token, Kind: domain.FactorPasskey}
		prompt, err := s.auth.ChallengeFactor.Execute(t.Context(), s.visitor, ask)
		require.NoError(t, err)
		_, err = s.answer(token, domain.FactorPasskey, signed(t, phone, prompt, same))
		require.ErrorIs(t, err, domain.ErrWrongPasskey)
		require.Equal(t, stored, s.held(caller)[0], "what is stored stays")
		refused := s.events(domain.EventPasskeyCounterRefused)
		require.Len(t, refused, 1)
		require.Equal(t, caller.User.ID, refused[0].Actor)
		require.Equal(t, string(stored.ID), refused[0].ResourceID)
		require.Len(t, s.emails(domain.EmailPasskeyCounterRefused), 1)
		require.Contains(t, s.events(domain.EventSignInRefused)[0].Details["reason"], "counter")

		prompt, err = s.auth.ChallengeFactor.Execute(t.Context(), s.visitor, ask)
		require.NoError(t, err, "the sign-in goes on")
		higher := func(a *authenticator.Answer) { a.Counter = uint32(stored.Counter) + 10 }
		result, err := s.answer(token, domain.FactorPasskey, signed(t, phone, prompt, higher))
		require.NoError(t, err)
		require.Equal(t, domain.SignInAuthenticated, result.Outcome)

		started := s.alone()
		_, err = s.signIn(started, signed(t, phone, started.Prompt, same))
		require.ErrorIs(t, err, domain.ErrPasskeyRefused)
		require.Len(t, s.events(domain.EventPasskeyCounterRefused), 2)
	})
}

func TestAPasskeyStepsUpForOneActionOfOneSession(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		caller, _ := s.add(s.ordinary(), phone)
		other := s.byBoth(phone)
		prompt := func(of domain.Caller, action domain.Action) domain.Secret {
			asked, err := s.auth.ChallengeStepUp.Execute(t.Context(), of, auth.ChallengeStepUpInput{Action: action, Kind: domain.FactorPasskey})
			require.NoError(t, err)
			return signed(t, phone, asked, unverified)
		}
		step := func(answer domain.Secret) error {
			_, err := s.auth.StepUp.Execute(t.Context(), caller, auth.StepUpInput{
				Action: domain.ActionMFADisable, Answer: proof.Answer{Kind: domain.FactorPasskey, Text: answer},
			})
			return err
		}
		require.ErrorIs(t, step(prompt(caller, domain.ActionDataExport)), domain.ErrWrongPasskey, "for another action")
		require.ErrorIs(t, step(prompt(other, domain.ActionMFADisable)), domain.ErrWrongPasskey, "of another session")
		answer := prompt(caller, domain.ActionMFADisable)
		require.NoError(t, step(answer))
		require.ErrorIs(t, step(answer), domain.ErrWrongPasskey, "used")
	})
}

// TestParallelWrongAnswersNeverExceedTheLimit sends wrong answers that are decided at once beside wrong answers that are
// reserved first, to the same account.
func TestParallelWrongAnswersNeverExceedTheLimit(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		s.add(s.ordinary(), phone)
		token := s.login(memberEmail).Token
		guesses := make([]func() error, 30)
		for i := range guesses {
			started := s.alone()
			answer := signed(t, phone, started.Prompt, unverified)
			guesses[i] = func() error {
				_, err := s.signIn(started, answer)
				return err
			}
			if i%2 == 0 {
				guesses[i] = func() error {
					_, err := s.answer(token, domain.FactorPasskey, answer)
					return err
				}
			}
		}
		var mu sync.Mutex
		results := map[string]int{}
		require.Zero(t, won(len(guesses), func(i int) error {
			err := guesses[i]()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, domain.ErrAccountLocked):
				results["locked"]++
			case errors.Is(err, domain.ErrPasskeyRefused), errors.Is(err, domain.ErrWrongPasskey):
				results["wrong"]++
			}
			return err
		}))
		require.Equal(t, map[string]int{"wrong": 5, "locked": 25}, results)
		require.Len(t, s.events(domain.EventSignInRefused), 5)
		require.Len(t, s.events(domain.EventSignInLocked), 25)
		require.Len(t, s.emails(domain.EmailAccountLocked), 1)
		require.Equal(t, domain.Email(memberEmail), s.emails(domain.EmailAccountLocked)[0].To)
	})
}
