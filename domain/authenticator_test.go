package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestEnrolmentIsPendingUntilItsFirstCode(t *testing.T) {
	a := domain.Authenticator{User: "u"}
	require.False(t, a.Enrolled())
	require.NoError(t, a.Begin("pending", "", now))
	require.False(t, a.Enrolled())
	require.Empty(t, a.Secret)
	a.Confirm(7, now.Add(time.Minute))
	require.Equal(t, domain.Authenticator{User: "u", Secret: "pending", EnrolledAt: now.Add(time.Minute), LastStep: 7}, a)
	require.True(t, a.Enrolled())
}

func TestAPendingSecretWaitsTenMinutes(t *testing.T) {
	var a domain.Authenticator
	require.NoError(t, a.Begin("pending", "", now))
	for _, c := range []struct {
		name  string
		after time.Duration
		there bool
	}{
		{"at once", 0, true},
		{"at the last nanosecond", 10*time.Minute - 1, true},
		{"after ten minutes", 10 * time.Minute, false},
		{"the next day", 24 * time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			pending, err := a.PendingSecret(now.Add(c.after))
			if c.there {
				require.NoError(t, err)
				require.Equal(t, domain.SealedSecret("pending"), pending)
				return
			}
			requireConflict(t, err)
			require.Empty(t, pending)
		})
	}
}

func TestWithoutEnrolmentThereIsNoPendingSecret(t *testing.T) {
	_, err := domain.Authenticator{}.PendingSecret(now)
	requireConflict(t, err)
	_, err = domain.Authenticator{PendingExpiry: now.Add(time.Hour)}.PendingSecret(now)
	requireConflict(t, err)
}

func TestEnrolmentCanBeBegunAnew(t *testing.T) {
	var a domain.Authenticator
	require.NoError(t, a.Begin("first", "", now))
	require.NoError(t, a.Begin("second", "", now.Add(9*time.Minute)))
	pending, err := a.PendingSecret(now.Add(18 * time.Minute))
	require.NoError(t, err)
	require.Equal(t, domain.SealedSecret("second"), pending)
}

func TestAnEnrolmentBelongsToWhoBeganIt(t *testing.T) {
	var a domain.Authenticator
	require.False(t, a.BegunBy("", now), "none has begun")
	require.NoError(t, a.Begin("pending", "session", now))
	require.True(t, a.BegunBy("session", now.Add(domain.EnrollmentTTL-1)))
	require.False(t, a.BegunBy("session", now.Add(domain.EnrollmentTTL)), "too late")
	require.False(t, a.BegunBy("another", now))
	a.Confirm(7, now)
	require.False(t, a.BegunBy("session", now), "confirmed")
	require.Empty(t, a.PendingBy)
	unknown := domain.Authenticator{Pending: "pending", PendingExpiry: now.Add(time.Minute)}
	require.False(t, unknown.BegunBy("", now), "stored before it was known who begins")
}

func TestAPendingSecretNeverReplacesALiveOne(t *testing.T) {
	var a domain.Authenticator
	require.NoError(t, a.Begin("live", "", now))
	a.Confirm(7, now)
	before := a
	require.ErrorIs(t, a.Begin("intruder", "", now), domain.ErrAlreadyEnrolled)
	require.Equal(t, before, a)
	a.Pending, a.PendingExpiry = "intruder", now.Add(time.Minute)
	_, err := a.PendingSecret(now)
	require.ErrorIs(t, err, domain.ErrAlreadyEnrolled)
}

func requireConflict(t *testing.T, err error) {
	t.Helper()
	var failure *domain.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, domain.CodeConflict, failure.Code)
	require.NotErrorIs(t, err, domain.ErrAlreadyEnrolled)
}
