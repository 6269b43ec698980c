package auth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

func TestAPasswordAloneSignsInWhenNoSecondFactorIsRequired(t *testing.T) {
	f := newFixture(t)
	f.plain()
	result, err := f.login(password)
	require.NoError(t, err)
	require.Equal(t, domain.SignInAuthenticated, result.Outcome)
	require.Equal(t, 15*time.Minute, result.Tokens.ExpiresIn)
	require.Equal(t, 24*time.Hour, result.Tokens.RefreshExpiresIn)
	require.Equal(t, []domain.EventName{domain.EventSignedIn}, f.events())
}

func TestAnAdminEnrolsAndIsAskedForACodeFromThenOn(t *testing.T) {
	f := newFixture(t)
	result := f.enroll()
	require.Equal(t, domain.SignInAuthenticated, result.Outcome)
	require.Len(t, result.RecoveryCodes, domain.RecoveryCodeCount)
	f.now = f.now.Add(time.Minute)
	result, err := f.mfa(f.challenge(), f.code())
	require.NoError(t, err)
	require.Equal(t, domain.SignInAuthenticated, result.Outcome)
	require.Equal(t, []domain.EventName{
		domain.EventSignInChallenged, domain.EventMFAEnrollmentBegun, domain.EventMFAEnrolled, domain.EventSignedIn,
		domain.EventSignInChallenged, domain.EventSignedIn,
	}, f.events())
}

func TestEachRefusalIsAuditedOnceAndTheLimitLocks(t *testing.T) {
	f := newFixture(t)
	for range 3 {
		_, err := f.login("a wrong password")
		require.ErrorIs(t, err, domain.ErrInvalidCredentials)
	}
	_, err := f.login(password)
	require.ErrorIs(t, err, domain.ErrAccountLocked)
	var failure *domain.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, 15*time.Minute, failure.RetryAfter)
	require.Equal(t, []domain.EventName{
		domain.EventSignInRefused, domain.EventSignInRefused, domain.EventSignInRefused, domain.EventSignInLocked,
	}, f.events())
	f.now = f.now.Add(15 * time.Minute)
	_, err = f.login(password)
	require.NoError(t, err)
}

func TestSuspendedAccountsAreRefusedAndCountedLikeWrongPasswords(t *testing.T) {
	f := newFixture(t)
	f.account(func(u *domain.User) { u.Status = domain.StatusSuspended })
	for range 3 {
		_, err := f.login(password)
		require.ErrorIs(t, err, domain.ErrInvalidCredentials)
	}
	_, err := f.login(password)
	require.ErrorIs(t, err, domain.ErrAccountLocked)
}

func TestAGuessThatWasNotComparedIsNotCounted(t *testing.T) {
	f := newFixture(t)
	f.hasher.busy = true
	for range 10 {
		_, err := f.login("a wrong password")
		require.ErrorIs(t, err, domain.ErrBusy)
	}
	f.hasher.busy = false
	_, err := f.login(password)
	require.NoError(t, err, "no guess was spent")
}

func TestWrongCodesAreCountedOverChallenges(t *testing.T) {
	f := newFixture(t)
	f.enroll()
	f.now = f.now.Add(time.Minute)
	for range 3 {
		_, err := f.mfa(f.challenge(), domain.NewSecret("000000"))
		require.ErrorIs(t, err, domain.ErrInvalidCode)
	}
	_, err := f.login(password)
	require.ErrorIs(t, err, domain.ErrAccountLocked, "a locked second factor locks the first step")
}

func TestAChallengeIsVoidAfterExpiryUseOrAPasswordChange(t *testing.T) {
	f := newFixture(t)
	f.enroll()
	f.now = f.now.Add(time.Minute)

	expired := f.challenge()
	f.now = f.now.Add(domain.ChallengeTTL)
	_, err := f.mfa(expired, f.code())
	require.ErrorIs(t, err, domain.ErrChallengeGone)

	token := f.challenge()
	_, err = f.startEnrollment(token)
	require.ErrorContains(t, err, string(domain.SignInCodeRequired))
	_, err = f.mfa(token, f.code())
	require.NoError(t, err)
	_, err = f.mfa(token, f.code())
	require.ErrorIs(t, err, domain.ErrChallengeGone)

	f.now = f.now.Add(time.Minute)
	overtaken := f.challenge()
	f.account(func(u *domain.User) { u.SetPassword(password, false, f.now.Add(time.Second)) })
	_, err = f.mfa(overtaken, f.code())
	require.ErrorIs(t, err, domain.ErrChallengeGone)
}

func TestATemporaryPasswordIsChangedBeforeEnrolmentAndAfterTheCode(t *testing.T) {
	f := newFixture(t)
	temporary := func() {
		f.account(func(u *domain.User) { u.SetPassword(password, true, f.now) })
	}
	change := func(token domain.Secret, text string) (auth.LoginResult, error) {
		return auth.ReplaceTemporaryPassword{Flow: f.flow, NewPassword: f.newPassword()}.Execute(t.Context(), f.visitor,
			auth.ReplaceTemporaryPasswordInput{ChallengeToken: token, NewPassword: domain.NewSecret(text)})
	}
	temporary()
	result, err := f.login(password)
	require.NoError(t, err)
	require.Equal(t, domain.SignInPasswordChange, result.Outcome)
	_, err = change(result.Challenge.Token, password)
	require.ErrorContains(t, err, "invalid")
	result, err = change(result.Challenge.Token, "a password that stays")
	require.NoError(t, err)
	require.Equal(t, domain.SignInEnrollmentRequired, result.Outcome)

	f.account(func(u *domain.User) { u.SetPassword(password, false, f.now) })
	f.enroll()
	f.now = f.now.Add(time.Minute)
	temporary()
	result, err = f.login(password)
	require.NoError(t, err)
	require.Equal(t, domain.SignInCodeRequired, result.Outcome)
	result, err = f.mfa(result.Challenge.Token, f.code())
	require.NoError(t, err)
	require.Equal(t, domain.SignInPasswordChange, result.Outcome)
	result, err = change(result.Challenge.Token, "a password that stays")
	require.NoError(t, err)
	require.Equal(t, domain.SignInAuthenticated, result.Outcome)
}

func TestGuessesFromOneNetworkAtManyAccountsAreLimited(t *testing.T) {
	f := newFixture(t)
	login := auth.Login{Flow: f.flow, Hasher: f.hasher}
	try := func(i int, from string) error {
		visitor := f.visitor
		visitor.Address = from
		_, err := login.Execute(
			t.Context(),
			visitor,
			auth.LoginInput{Email: string(rune('a'+i)) + "@example.org", Password: domain.NewSecret("guess")},
		)
		return err
	}
	for i := range 20 {
		require.ErrorIs(t, try(i, "2001:db8::1"), domain.ErrInvalidCredentials)
	}
	require.ErrorIs(t, try(21, "2001:db8::ffff"), domain.ErrRateLimited, "the whole /64 is one network")
	require.ErrorIs(t, try(21, "2001:db8:0:1::1"), domain.ErrInvalidCredentials)
}
