package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAChallengeFitsOneStepOfOneAccount(t *testing.T) {
	enrolled := domain.Factors{{ID: "a", Kind: domain.FactorTOTP, EnrolledAt: now.Add(-2 * time.Hour)}}
	challenge := domain.Challenge{
		User: "u", Owed: domain.SignInCodeRequired, PasswordChangedAt: now.Add(-time.Hour),
		Factors: enrolled, LastSuspendedAt: now.Add(-3 * time.Hour), ExpiresAt: now.Add(domain.ChallengeTTL),
	}
	user := domain.User{ID: "u", PasswordChangedAt: now.Add(-time.Hour), LastSuspendedAt: now.Add(-3 * time.Hour)}
	for _, c := range []struct {
		name   string
		change func(step *domain.SignInOutcome, user *domain.User, at *time.Time)
		want   bool
	}{
		{"its own step and account", func(*domain.SignInOutcome, *domain.User, *time.Time) {}, true},
		{"the enrolment instead of the code",
			func(s *domain.SignInOutcome, _ *domain.User, _ *time.Time) { *s = domain.SignInEnrollmentRequired }, false},
		{"the password instead of the code", func(s *domain.SignInOutcome, _ *domain.User, _ *time.Time) { *s = domain.SignInPasswordChange },
			false},
		{"no step", func(s *domain.SignInOutcome, _ *domain.User, _ *time.Time) { *s = "" }, false},
		{"another account", func(_ *domain.SignInOutcome, u *domain.User, _ *time.Time) { u.ID = "v" }, false},
		{"its last nanosecond", func(_ *domain.SignInOutcome, _ *domain.User, at *time.Time) { *at = at.Add(domain.ChallengeTTL - 1) }, true},
		{"its end", func(_ *domain.SignInOutcome, _ *domain.User, at *time.Time) { *at = at.Add(domain.ChallengeTTL) }, false},
		{"a password changed since", func(_ *domain.SignInOutcome, u *domain.User, _ *time.Time) { u.PasswordChangedAt = now }, false},
		{"the same instant in another zone", func(_ *domain.SignInOutcome, u *domain.User, _ *time.Time) {
			u.PasswordChangedAt = u.PasswordChangedAt.In(time.FixedZone("somewhere", 3600))
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			step, user, at := challenge.Owed, user, now
			c.change(&step, &user, &at)
			require.Equal(t, c.want, challenge.Admits(step, user, enrolled, at))
		})
	}
	require.False(t, challenge.Admits(challenge.Owed, user, nil, now), "an authenticator reset since")
	again := domain.Factors{{ID: "a", Kind: domain.FactorTOTP, EnrolledAt: now}}
	require.False(t, challenge.Admits(challenge.Owed, user, again, now), "another authenticator")
	require.False(t, challenge.Admits(challenge.Owed, user, append(enrolled, again...), now), "one more authenticator")
	user.Suspend(now)
	user.Activate(now)
	require.False(t, challenge.Admits(challenge.Owed, user, enrolled, now), "suspended since, and active again")
}

func TestAChallengeExpiresAfterFiveMinutes(t *testing.T) {
	require.Equal(t, 5*time.Minute, domain.ChallengeTTL)
}
