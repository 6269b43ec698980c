package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// attempts plays a delivery whose every attempt fails at the instant at which it is due, and returns these instants.
func attempts(t *testing.T, created time.Time, random float64) (at []time.Duration, last domain.Delivery) {
	t.Helper()
	d := domain.Delivery{Status: domain.DeliveryPending, CreatedAt: created, DueAt: created}
	for d.Status == domain.DeliveryPending {
		require.Less(t, len(at), 100, "it is never given up")
		now := d.DueAt
		at = append(at, now.Sub(created))
		d = d.Refused(now, 500, domain.FaultStatus, random)
		require.Equal(t, now, d.AttemptedAt)
		require.Equal(t, len(at), d.Attempts)
		require.Equal(t, d.DueAt, d.DueAt.Truncate(time.Microsecond))
	}
	return at, d
}

func TestADeliveryIsAttemptedForThreeDays(t *testing.T) {
	created := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at, last := attempts(t, created, 0)
	second, hour := time.Second, time.Hour
	want := []time.Duration{
		0, 5 * second, 20 * second, 65 * second, 200 * second, 605 * second, 1820 * second, 5465 * second, 16400 * second,
	}
	for next := 16400*second + 4*hour; next < 72*hour; next += 4 * hour {
		want = append(want, next)
	}
	require.Equal(t, append(want, 72*hour), at)
	require.Equal(t, domain.DeliveryFailed, last.Status)
	require.Equal(t, domain.FaultStatus, last.Failure)
	require.Equal(t, 500, last.Answer)
}

func TestJitterShortensPausesByAQuarterAtMost(t *testing.T) {
	created := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, random := range []float64{0, 0.25, 0.5, 0.999999} {
		at, _ := attempts(t, created, random)
		require.InDelta(t, 5*(1-random/4), at[1].Seconds(), 0.001)
		require.Equal(t, 72*time.Hour, at[len(at)-1])
		for i := 9; i < len(at)-1; i++ {
			require.InDelta(t, 4*(1-random/4), (at[i] - at[i-1]).Hours(), 0.001)
		}
	}
}

func TestADeliveryThatWaitedForAPausedReceiverFailsWithItsFirstAttemptAfterThreeDays(t *testing.T) {
	created := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d := domain.Delivery{Status: domain.DeliveryPending, CreatedAt: created, DueAt: created}
	before := d.Refused(created.Add(72*time.Hour-time.Microsecond), 0, domain.FaultTimeout, 0)
	require.Equal(t, domain.DeliveryPending, before.Status)
	require.Equal(t, created.Add(72*time.Hour), before.DueAt)
	after := d.Refused(created.Add(72*time.Hour), 0, domain.FaultTimeout, 0)
	require.Equal(t, domain.DeliveryFailed, after.Status)
	require.Equal(t, domain.DeliveryDelivered, d.Delivered(created.Add(100*time.Hour), 204).Status)
}

func TestASuccessClearsTheFault(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d := domain.Delivery{Status: domain.DeliveryPending, CreatedAt: now, DueAt: now}
	d = d.Refused(now, 0, domain.FaultTLS, 0).Delivered(now.Add(time.Minute), 202)
	require.Equal(t, domain.Delivery{
		Status: domain.DeliveryDelivered, CreatedAt: now, DueAt: now.Add(5 * time.Second),
		Attempts: 2, AttemptedAt: now.Add(time.Minute), Answer: 202,
	}, d)
}

func TestADeliveryWithoutItsEventEndsWithoutAnAttempt(t *testing.T) {
	d := domain.Delivery{Status: domain.DeliveryPending, Attempts: 2}.EventRemoved()
	require.Equal(t, domain.Delivery{Status: domain.DeliveryFailed, Attempts: 2, Failure: domain.FaultGone}, d)
}
