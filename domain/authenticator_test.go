package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// pendingTOTP is an authenticator whose enrolment began now.
func pendingTOTP(by string) domain.Authenticator {
	a := domain.Authenticator{ID: "a", User: "u", Kind: domain.FactorTOTP, Secret: "sealed"}
	a.Begin(by, now)
	return a
}

func TestAnEnrolmentIsPendingUntilItsFirstCode(t *testing.T) {
	a := pendingTOTP("session")
	require.False(t, a.Live())
	require.Equal(t, now, a.CreatedAt)
	confirmed := now.Add(time.Minute)
	a.Confirm(7, confirmed)
	require.Equal(t, domain.Authenticator{
		ID: "a", User: "u", Kind: domain.FactorTOTP, Secret: "sealed", Counter: 7, CreatedAt: now, EnrolledAt: confirmed, LastUsedAt: confirmed,
	}, a)
	require.True(t, a.Live())
}

func TestAPendingAuthenticatorWaitsTenMinutes(t *testing.T) {
	a := pendingTOTP("")
	require.True(t, a.Waiting(now))
	require.True(t, a.Waiting(now.Add(10*time.Minute-1)))
	require.False(t, a.Waiting(now.Add(10*time.Minute)))
	require.False(t, a.Waiting(now.Add(24*time.Hour)))
	require.False(t, domain.Authenticator{}.Waiting(now), "none has begun")
	a.Begin("", now.Add(9*time.Minute))
	require.True(t, a.Waiting(now.Add(18*time.Minute)), "an enrolment can begin anew")
}

func TestAnEnrolmentBelongsToTheSessionThatBeganIt(t *testing.T) {
	require.False(t, domain.Authenticator{}.BegunBy("", now), "none has begun")
	a := pendingTOTP("session")
	require.True(t, a.BegunBy("session", now.Add(domain.EnrollmentTTL-1)))
	require.False(t, a.BegunBy("session", now.Add(domain.EnrollmentTTL)), "too late")
	require.False(t, a.BegunBy("another", now))
	a.Confirm(7, now)
	require.False(t, a.BegunBy("session", now), "confirmed")
	require.Empty(t, a.PendingBy)
	require.False(t, pendingTOTP("").BegunBy("", now), "stored without the session that began it")
}
