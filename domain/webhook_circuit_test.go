package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestACircuitPausesFromTheFifthFailureOn(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	pauses := []time.Duration{
		0, 0, 0, 0, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second,
		5 * time.Minute, 5 * time.Minute, 5 * time.Minute,
	}
	for _, jitter := range []struct{ random, part float64 }{{0, 1}, {0.5, 0.875}, {0.9999999999, 0.75}} {
		var circuit domain.WebhookCircuit
		for i, pause := range pauses {
			require.Equal(t, i >= 5, circuit.Probing(), "before failure %d", i+1)
			circuit = circuit.Failed(now, 0, jitter.random)
			require.Equal(t, i+1, circuit.Failures)
			require.Equal(t, i >= 4, circuit.Probing(), "after failure %d", i+1)
			if pause == 0 {
				require.Zero(t, circuit.PausedUntil, "failure %d", i+1)
				require.False(t, circuit.Paused(now))
				continue
			}
			until := now.Add(time.Duration(float64(pause) * jitter.part))
			require.WithinDuration(t, until, circuit.PausedUntil, time.Microsecond, "failure %d", i+1)
			require.True(t, circuit.Paused(now))
			require.True(t, circuit.Paused(circuit.PausedUntil.Add(-time.Microsecond)))
			require.False(t, circuit.Paused(circuit.PausedUntil), "the probe is due")
			require.Equal(t, circuit.PausedUntil, circuit.PausedUntil.Truncate(time.Microsecond), "stores have no finer resolution")
		}
		require.Equal(t, domain.WebhookCircuit{}, circuit.Succeeded())
	}
}

func TestACircuitThatFailedForYearsStaysWithinItsBounds(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	circuit := domain.WebhookCircuit{Failures: 1_000_000}.Failed(now, 0, 0)
	require.Equal(t, now.Add(5*time.Minute), circuit.PausedUntil)
}

func TestAReceiverCanAskForAPause(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		failures    int
		asked, want time.Duration
	}{
		{failures: 0, asked: 0, want: 0},
		{failures: 0, asked: time.Second, want: time.Second},
		{failures: 0, asked: 30 * time.Minute, want: 30 * time.Minute},
		{failures: 0, asked: 24 * time.Hour, want: time.Hour},
		{failures: 0, asked: -time.Hour, want: 0},
		{failures: 4, asked: time.Second, want: 10 * time.Second},
		{failures: 4, asked: time.Minute, want: time.Minute},
		{failures: 20, asked: time.Minute, want: 5 * time.Minute},
	} {
		circuit := domain.WebhookCircuit{Failures: c.failures}.Failed(now, c.asked, 0)
		if c.want == 0 {
			require.Zero(t, circuit.PausedUntil, c)
			continue
		}
		require.Equal(t, now.Add(c.want), circuit.PausedUntil, c)
	}
}
