package factors

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

func TestAKeyIsEnrolledInASignInThatRequiresASecondFactor(t *testing.T) {
	onEach(t, func(s *service) {
		t := s.t
		challenge := s.login(ownerEmail)
		require.Equal(t, []string{"totp", "key"}, challenge.Methods)
		start := auth.StartEnrollmentInput{ChallengeToken: challenge.Token, Kind: kindKey}
		prompt, err := s.auth.StartEnrollment.Execute(t.Context(), s.visitor, start)
		require.NoError(t, err)
		again, err := s.auth.StartEnrollment.Execute(t.Context(), s.visitor, start)
		require.NoError(t, err)
		require.Equal(t, prompt, again, "the same sign-in goes on with its enrolment")
		confirm := auth.ConfirmEnrollmentInput{ChallengeToken: challenge.Token, Kind: kindKey, Answer: domain.NewSecret("red:a wrong challenge")}
		_, err = s.auth.ConfirmEnrollment.Execute(t.Context(), s.visitor, confirm)
		require.ErrorIs(t, err, domain.ErrInvalidCode)
		confirm.Answer = answerOf("red", prompt)
		result, err := s.auth.ConfirmEnrollment.Execute(t.Context(), s.visitor, confirm)
		require.NoError(t, err)
		require.Equal(t, domain.SignInAuthenticated, result.Outcome)
		require.Len(t, result.RecoveryCodes, domain.RecoveryCodeCount)
		caller := s.caller(result.Tokens)
		require.Equal(t, []domain.AMR{domain.AMRPassword, domain.AMRPossession}, caller.Session.AMR)
		require.Equal(t, domain.AAL2, caller.Session.ACR())
		require.True(t, caller.Factors.Has(kindKey))
		_, err = s.auth.ConfirmEnrollment.Execute(t.Context(), s.visitor, confirm)
		require.ErrorIs(t, err, domain.ErrChallengeGone)
	})
}

func TestAKeySignsInOncePerChallenge(t *testing.T) {
	onEach(t, func(s *service) {
		t := s.t
		s.enrolInSignIn(ownerEmail, "red")
		first, second := s.login(ownerEmail), s.login(ownerEmail)
		require.Equal(t, []string{"key", "recovery_code"}, first.Methods)
		answer := answerOf("red", s.challenged(first.Token))
		_, err := s.answer(second.Token, kindKey, answer)
		require.ErrorIs(t, err, domain.ErrInvalidCode, "the challenge of another sign-in")
		_, err = s.answer(first.Token, kindKey, answer)
		require.ErrorIs(t, err, domain.ErrInvalidCode, "the challenge was used")
		_, err = s.answer(first.Token, kindKey, answerOf("blue", s.challenged(first.Token)))
		require.ErrorIs(t, err, domain.ErrInvalidCode, "the key of nobody")
		_, err = s.answer(first.Token, kindKey, domain.NewSecret("no answer"))
		requireInvalid(t, err, "no guess")
		_, err = s.answer(first.Token, domain.FactorTOTP, domain.NewSecret("123456"))
		require.ErrorIs(t, err, domain.ErrMethodNotListed, "a kind that the account does not have")
		_, err = s.answer(first.Token, "no kind", answer)
		requireInvalid(t, err, "a kind that is not offered")
		s.now = s.now.Add(time.Minute)
		result, err := s.answer(first.Token, kindKey, answerOf("red", s.challenged(first.Token)))
		require.NoError(t, err)
		require.Equal(t, domain.SignInAuthenticated, result.Outcome)
		caller := s.caller(result.Tokens)
		require.Equal(t, []domain.AMR{domain.AMRPassword, domain.AMRPossession}, caller.Session.AMR)
		require.Equal(t, s.now, s.held(caller)[0].LastUsedAt)
	})
}

func TestWrongAnswersOfEveryKindLockTheAccountTogether(t *testing.T) {
	onEach(t, func(s *service) {
		t := s.t
		s.enrolTOTP(s.caller(s.enrolInSignIn(ownerEmail, "red").Tokens))
		token := s.login(ownerEmail).Token
		for i := range 5 {
			kind, answer := domain.FactorTOTP, domain.NewSecret("000000")
			if i%2 == 0 {
				kind, answer = kindKey, answerOf("blue", s.challenged(token))
			}
			_, err := s.answer(token, kind, answer)
			require.ErrorIs(t, err, domain.ErrInvalidCode)
		}
		_, err := s.answer(token, kindKey, answerOf("red", s.challenged(token)))
		require.ErrorIs(t, err, domain.ErrAccountLocked)
	})
}

func TestAnAccountHasFactorsOfSeveralKinds(t *testing.T) {
	onEach(t, func(s *service) {
		t := s.t
		caller := s.caller(s.enrolInSignIn(ownerEmail, "red").Tokens)
		s.now = s.now.Add(time.Minute)
		secret, codes := s.enrolTOTP(caller)
		require.Empty(t, codes, "only the first factor comes with recovery codes")
		state, err := s.mfa.State.Execute(t.Context(), caller)
		require.NoError(t, err)
		require.Equal(t, []domain.FactorKind{kindKey, domain.FactorTOTP}, []domain.FactorKind{state.Factors[0].Kind, state.Factors[1].Kind})
		require.Equal(t, s.now.Add(-time.Minute), state.Factors.EnrolledAt(), "of the first")
		require.Equal(t, domain.RecoveryCodeCount, state.RecoveryCodesLeft)
		_, err = s.begin(s.again(caller), domain.FactorTOTP)
		require.ErrorIs(t, err, domain.ErrAlreadyEnrolled, "a second authenticator app")

		challenge := s.login(ownerEmail)
		require.Equal(t, []string{"totp", "key", "recovery_code"}, challenge.Methods)
		s.now = s.now.Add(time.Minute)
		result, err := s.answer(challenge.Token, domain.FactorTOTP, s.code(secret))
		require.NoError(t, err)
		require.Equal(t, []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}, s.caller(result.Tokens).Session.AMR)
	})
}

func TestAKeyIsConfirmedAndRegisteredOnce(t *testing.T) {
	onEach(t, func(s *service) {
		t := s.t
		caller := s.caller(s.enrolInSignIn(ownerEmail, "red").Tokens)
		prompt, err := s.begin(caller, kindKey)
		require.NoError(t, err)
		confirm := func(name string, prompt port.Prompt) error {
			_, err := s.mfa.Confirm.Execute(t.Context(), caller, mfa.ConfirmInput{Kind: kindKey, Answer: answerOf(name, prompt)})
			return err
		}
		require.ErrorIs(t, confirm("red", prompt), domain.ErrAuthenticatorTaken, "registered already")
		require.ErrorIs(t, confirm("blue", prompt), domain.ErrEnrollmentGone, "a refused key ends its enrolment")
		prompt, err = s.begin(caller, kindKey)
		require.NoError(t, err)
		confirmed := make(chan error, 4)
		for range cap(confirmed) {
			go func() { confirmed <- confirm("blue", prompt) }()
		}
		won := 0
		for range cap(confirmed) {
			if <-confirmed == nil {
				won++
			}
		}
		require.Equal(t, 1, won)
		require.Len(t, s.held(caller), 2)
		_, err = s.begin(s.again(caller), kindKey)
		require.ErrorIs(t, err, domain.ErrAlreadyEnrolled, "no more keys")
	})
}

func TestAStepUpByKeyIsForOneActionOfOneSession(t *testing.T) {
	onEach(t, func(s *service) {
		t := s.t
		caller := s.caller(s.enrolInSignIn(ownerEmail, "red").Tokens)
		prompt := s.challengedFor(caller, domain.ActionDataExport)
		_, err := s.stepUp(caller, domain.ActionMFADisable, answerOf("red", prompt))
		require.ErrorIs(t, err, domain.ErrInvalidCode, "the challenge is for another action")
		other := s.login(ownerEmail).Token
		result, err := s.answer(other, kindKey, answerOf("red", s.challenged(other)))
		require.NoError(t, err)
		prompt = s.challengedFor(s.caller(result.Tokens), domain.ActionMFADisable)
		_, err = s.stepUp(caller, domain.ActionMFADisable, answerOf("red", prompt))
		require.ErrorIs(t, err, domain.ErrInvalidCode, "the challenge is for another session")

		proved, err := s.stepUp(caller, domain.ActionMFADisable, answerOf("red", s.challengedFor(caller, domain.ActionMFADisable)))
		require.NoError(t, err)
		caller.StepUp = proved.Token
		_, err = s.begin(caller, kindKey) // the pending key changes nothing for the step-up
		require.NoError(t, err)
		require.NoError(t, s.mfa.Disable.Execute(t.Context(), caller))
		require.Empty(t, s.held(caller), "pending ones go too")
		require.Equal(t, []string{"totp", "key"}, s.login(ownerEmail).Methods, "to be enrolled again")
	})
}

func TestAChangeOfFactorsEndsAStepUp(t *testing.T) {
	onEach(t, func(s *service) {
		t := s.t
		caller := s.caller(s.enrolInSignIn(ownerEmail, "red").Tokens)
		proved, err := s.stepUp(caller, domain.ActionMFADisable, answerOf("red", s.challengedFor(caller, domain.ActionMFADisable)))
		require.NoError(t, err)
		waiting := s.login(ownerEmail).Token
		s.enrolTOTP(caller)
		caller = s.again(caller)
		caller.StepUp = proved.Token
		require.ErrorIs(t, s.mfa.Disable.Execute(t.Context(), caller), domain.ErrStepUpGone)
		_, err = s.auth.ChallengeFactor.Execute(t.Context(), s.visitor, auth.ChallengeFactorInput{ChallengeToken: waiting, Kind: kindKey})
		require.ErrorIs(t, err, domain.ErrChallengeGone, "and so does a sign-in")
	})
}

func TestAnAdministratorsResetRemovesEveryKind(t *testing.T) {
	onEach(t, func(s *service) {
		t := s.t
		const email = "admin@example.org"
		admin := s.member(email)
		held := s.caller(s.enrolInSignIn(email, "green").Tokens)
		s.enrolTOTP(held)
		owner := s.caller(s.enrolInSignIn(ownerEmail, "red").Tokens)
		proved, err := s.stepUp(owner, domain.ActionMemberMFAReset, answerOf("red", s.challengedFor(owner, domain.ActionMemberMFAReset)))
		require.NoError(t, err)
		owner.StepUp = proved.Token
		require.NoError(t, s.members.ResetMFA.Execute(t.Context(), owner, admin))
		require.Empty(t, s.held(held))
		require.Len(t, s.held(owner), 1)
		require.Equal(t, []string{"totp", "key"}, s.login(email).Methods)
	})
}

func requireInvalid(t *testing.T, err error, why string) {
	t.Helper()
	failure, ok := errors.AsType[*domain.Error](err)
	require.True(t, ok, why)
	require.Equal(t, domain.CodeInvalid, failure.Code, why)
}

// held reads the authenticators of the caller's account.
func (s *service) held(caller domain.Caller) (held []domain.Authenticator) {
	s.t.Helper()
	require.NoError(s.t, s.store.ReadOrg(s.t.Context(), s.visitor.Org, func(tx port.OrgTx) (err error) {
		held, err = tx.Authenticators().Of(s.t.Context(), caller.User.ID)
		return err
	}))
	return held
}

// again returns the caller of the next request of the session.
func (s *service) again(caller domain.Caller) domain.Caller {
	s.t.Helper()
	return s.caller(&auth.Tokens{Access: domain.NewSecret(string(caller.Session.ID))})
}

// member creates another account, an administrator.
func (s *service) member(email string) domain.UserID {
	s.t.Helper()
	user, err := domain.NewUser(domain.UserID(uuid.NewString()), domain.Email(email), "Somebody", s.now)
	require.NoError(s.t, err)
	user.SetPassword(password, false, s.now)
	require.NoError(s.t, s.store.InOrg(s.t.Context(), s.visitor.Org, func(tx port.OrgTx) error {
		if err := tx.Users().Insert(s.t.Context(), user); err != nil {
			return err
		}
		roles, err := tx.Roles().List(s.t.Context())
		if err != nil {
			return err
		}
		for _, role := range roles {
			if role.Name == domain.RoleAdmin {
				return tx.Roles().Assign(s.t.Context(), user.ID, []domain.RoleID{role.ID})
			}
		}
		return domain.ErrNotFound
	}))
	return user.ID
}
