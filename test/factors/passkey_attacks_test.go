package factors

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

// purpose is one use of a passkey: how it is asked for, and where its answer goes.
type purpose struct {
	prompt port.Prompt
	answer func(domain.Secret) error
}

// purposes starts every use of a passkey that an account has, twice by two sessions and sign-ins.
func (s *service) purposes(first, second domain.Caller) map[string]purpose {
	t := s.t
	all := map[string]purpose{}
	for name, caller := range map[string]domain.Caller{"one session": first, "another session": second} {
		for _, action := range []domain.Action{domain.ActionMFADisable, domain.ActionPasskeyRemove} {
			asked, err := s.auth.ChallengeStepUp.Execute(t.Context(), caller, auth.ChallengeStepUpInput{Action: action, Kind: domain.FactorPasskey})
			require.NoError(t, err)
			all["step-up for "+string(action)+" in "+name] = purpose{prompt: asked, answer: func(answer domain.Secret) error {
				_, err := s.auth.StepUp.Execute(t.Context(), caller, auth.StepUpInput{
					Action: action, Answer: proof.Answer{Kind: domain.FactorPasskey, Text: answer},
				})
				return err
			}}
		}
	}
	for _, name := range []string{"one sign-in", "another sign-in"} {
		token := s.login(memberEmail).Token
		asked, err := s.auth.ChallengeFactor.Execute(t.Context(), s.visitor, auth.ChallengeFactorInput{
			ChallengeToken: token, Kind: domain.FactorPasskey,
		})
		require.NoError(t, err)
		all["second factor of "+name] = purpose{prompt: asked, answer: func(answer domain.Secret) error {
			_, err := s.answer(token, domain.FactorPasskey, answer)
			return err
		}}
		started := s.alone()
		all["alone in "+name] = purpose{prompt: started.Prompt, answer: func(answer domain.Secret) error {
			_, err := s.signIn(started, answer)
			return err
		}}
	}
	return all
}

// TestNoAnswerServesAnotherPurpose answers every request for a passkey at the place of every other one.
func TestNoAnswerServesAnotherPurpose(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		first, _ := s.add(s.ordinary(), phone)
		second := s.byBoth(phone)
		names := slices.Collect(maps.Keys(s.purposes(first, second)))
		require.Len(t, names, 8)
		for i, asked := range names {
			for j, answered := range names {
				s.visitor.Address = fmt.Sprintf("192.0.2.%d", 8*i+j) // each has a limit of its own
				first.Origin, second.Origin = s.visitor.Origin, s.visitor.Origin
				all := s.purposes(first, second)
				err := all[answered].answer(signed(t, phone, all[asked].prompt))
				if asked == answered {
					require.NoError(t, err, asked)
					continue
				}
				refusal := domain.ErrWrongPasskey
				if strings.HasPrefix(answered, "alone") {
					refusal = domain.ErrPasskeyRefused
				}
				require.ErrorIs(t, err, refusal, "%s answered at %s", asked, answered)
				require.Error(t, all[asked].answer(signed(t, phone, all[asked].prompt)), "a wrong answer uses its request up")
				s.forgive(first)
			}
		}
	})
}

// forgive resets the counter of wrong codes.
func (s *service) forgive(caller domain.Caller) {
	s.t.Helper()
	require.NoError(s.t, s.store.InOrg(s.t.Context(), s.visitor.Org, func(tx port.OrgTx) error {
		return tx.Attempts().Save(s.t.Context(), "code:"+string(caller.User.ID), domain.Attempts{})
	}))
}

// TestAPasswordAloneAddsNoPasskeyToAnEnrolledAccount: whoever knows only the password of an account with a factor can
// neither start nor finish a registration in the sign-in.
func TestAPasswordAloneAddsNoPasskeyToAnEnrolledAccount(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		caller, thief := s.ordinary(), s.byPasskey(newDevice())
		s.enrolTOTP(caller)
		for _, coverage := range []domain.Coverage{domain.CoverageOff, domain.CoverageEveryone} {
			s.cover(coverage)
			token := s.login(memberEmail).Token
			_, err := s.auth.StartEnrollment.Execute(t.Context(), s.visitor, auth.StartEnrollmentInput{
				ChallengeToken: token, Kind: domain.FactorPasskey,
			})
			require.ErrorContains(t, err, "waits for another step")
			own, err := s.begin(thief, domain.FactorPasskey)
			require.NoError(t, err)
			_, err = s.auth.ConfirmEnrollment.Execute(t.Context(), s.visitor, auth.ConfirmEnrollmentInput{
				ChallengeToken: token, Kind: domain.FactorPasskey, Answer: registered(t, phone, own),
			})
			require.ErrorContains(t, err, "waits for another step")
		}
		require.Len(t, s.held(caller), 1)
	})
}

// TestARegistrationThatSomebodyElseBeganEnds: a thief who uses a session begins to register a passkey. What the owner or an
// administrator then does against thieves ends it, even if the thief's last request is already under way.
func TestARegistrationThatSomebodyElseBeganEnds(t *testing.T) {
	for name, against := range map[string]func(s *service, admin, member domain.Caller, phone *authenticator.Authenticator) error{
		"by a suspension": func(s *service, admin, member domain.Caller, _ *authenticator.Authenticator) error {
			if err := s.members.Suspend.Execute(s.t.Context(), admin, member.User.ID); err != nil {
				return err
			}
			return s.members.Activate.Execute(s.t.Context(), admin, member.User.ID)
		},
		"by an administrator's reset": func(s *service, admin, member domain.Caller, phone *authenticator.Authenticator) error {
			s.enrolTOTP(s.byPassword())
			admin = s.steppedUp(admin, domain.ActionMemberMFAReset, phone)
			return s.members.ResetMFA.Execute(s.t.Context(), admin, member.User.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
				t := s.t
				admin, thief := s.byPasskey(phone), s.ordinary()
				prompt, err := s.begin(thief, domain.FactorPasskey)
				require.NoError(t, err)
				require.NoError(t, against(s, admin, thief, phone))
				_, err = s.confirm(thief, registered(t, newDevice(), prompt))
				require.ErrorIs(t, err, domain.ErrWrongPasskey)
				require.Empty(t, s.held(thief))
			})
		})
	}
}

// TestAPolicyReachesTheSignInsInProgress turns the requirement of passkeys on while a sign-in waits for a factor, or adds one.
func TestAPolicyReachesTheSignInsInProgress(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		owner := s.login(ownerEmail).Token // an admin, who must add a factor
		prompt, err := s.auth.StartEnrollment.Execute(t.Context(), s.visitor, auth.StartEnrollmentInput{
			ChallengeToken: owner, Kind: domain.FactorTOTP,
		})
		require.NoError(t, err)
		caller, _ := s.add(s.ordinary(), phone)
		secret, _ := s.enrolTOTP(caller)
		s.now = s.now.Add(time.Minute)
		member := s.login(memberEmail).Token
		stolen := s.again(caller)

		s.cover(domain.CoverageEveryone)
		_, err = s.answer(member, domain.FactorTOTP, s.code(secret))
		require.ErrorIs(t, err, domain.ErrPasskeyOnly)
		_, err = s.auth.ConfirmEnrollment.Execute(t.Context(), s.visitor, auth.ConfirmEnrollmentInput{
			ChallengeToken: owner, Kind: domain.FactorTOTP, Answer: s.code(prompt[factor.TOTPSecret]),
		})
		requireInvalid(t, err, "an authenticator app for a covered account")
		_, err = s.auth.StepUp.Execute(t.Context(), s.again(stolen), auth.StepUpInput{
			Action: domain.ActionMFADisable, Answer: proof.Answer{Kind: domain.FactorTOTP, Text: s.code(secret)},
		})
		require.ErrorIs(t, err, domain.ErrPasskeyOnly)

		s.cover(domain.CoverageOff)
		byCode, err := s.answer(member, domain.FactorTOTP, s.code(secret))
		require.NoError(t, err)
		session := s.caller(byCode.Tokens)
		s.cover(domain.CoverageEveryone)
		policy := domain.Policy{PhishingResistant: domain.CoverageEveryone, IdleTimeout: time.Hour}
		require.Equal(t, domain.SessionPasskeyMissing, domain.DecideSession(policy, s.again(session).SessionFacts(), s.now).Outcome)
	})
}

// cover changes which accounts must use a passkey.
func (s *service) cover(coverage domain.Coverage) {
	s.t.Helper()
	require.NoError(s.t, s.store.InOrg(s.t.Context(), s.visitor.Org, func(tx port.OrgTx) error {
		settings, err := tx.Org().LockSettings(s.t.Context())
		if err != nil {
			return err
		}
		settings.PhishingResistant = string(coverage)
		settings.PolicyVersion++
		return tx.Org().SaveSettings(s.t.Context(), settings)
	}))
}

// TestOfParallelAnswersOneSignsInWithoutTheCache stores the requests in the database, as replicas do while the cache is away.
func TestOfParallelAnswersOneSignsInWithoutTheCache(t *testing.T) {
	offer := func(s *service) port.SecondFactor {
		passkey := newPasskey(s)
		passkey.Ceremonies = bunstore.NewCeremonies(s.store, func() time.Time { return s.now })
		return passkey
	}
	onEachWith(t, offer, func(s *service) {
		phone := newDevice()
		phone.Synced = true // the counter does not tell the answers apart
		s.add(s.ordinary(), phone)
		for range 5 {
			started := s.alone()
			answer := signed(s.t, phone, started.Prompt)
			require.Equal(s.t, 1, won(3, func(int) error { // two rounds have fewer wrong answers than lock the account
				_, err := s.signIn(started, answer)
				return err
			}))
		}
	})
}

// TestAStolenSessionAddsNoPasskey: the access token alone is not enough once the sign-in is more than five minutes ago.
func TestAStolenSessionAddsNoPasskey(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		begin := func(caller domain.Caller, password domain.Secret) error {
			_, err := s.mfa.Begin.Execute(t.Context(), caller, mfa.BeginInput{Kind: domain.FactorPasskey, CurrentPassword: password})
			return err
		}
		member := s.ordinary()
		enrolled := s.byPasskey(phone)
		s.now = s.now.Add(domain.FreshSignInAge + time.Second)
		for _, stolen := range []domain.Caller{member, enrolled} {
			require.ErrorIs(t, begin(stolen, domain.Secret{}), domain.ErrReauthenticate)
			require.ErrorIs(t, begin(stolen, domain.NewSecret("a guess")), domain.ErrWrongPassword)
		}
		other := s.steppedUp(enrolled, domain.ActionDataExport, phone)
		require.ErrorIs(t, begin(other, domain.Secret{}), domain.ErrStepUpGone, "a step-up for something else")
		require.NoError(t, begin(s.steppedUp(enrolled, domain.ActionPasskeyAdd, phone), domain.Secret{}))
	})
}
