package domain

import "time"

const (
	failuresUntilPause = 5
	firstPause         = 10 * time.Second
	longestPause       = 5 * time.Minute

	// longestRetryAfter is how long a receiver can ask SOLE to wait.
	longestRetryAfter = time.Hour
)

// Paused reports whether nothing may be sent.
func (c WebhookCircuit) Paused(now time.Time) bool { return now.Before(c.PausedUntil) }

// Probing reports whether only one delivery may be sent, to find out whether the receiver works again.
func (c WebhookCircuit) Probing() bool { return c.Failures >= failuresUntilPause }

// Succeeded returns the circuit after a successful attempt.
func (c WebhookCircuit) Succeeded() WebhookCircuit { return WebhookCircuit{} }

// Failed returns the circuit after a failed attempt. From the fifth failure in a row on it pauses, each time twice as long,
// from 10 s to 5 min. The receiver may ask for a longer pause of up to an hour, also after fewer failures; 0: it asks for
// none. random is in [0, 1): pauses are shortened by up to a quarter, so that receivers are not all tried at the same time.
func (c WebhookCircuit) Failed(now time.Time, retryAfter time.Duration, random float64) WebhookCircuit {
	failed := WebhookCircuit{Failures: c.Failures + 1}
	pause := min(retryAfter, longestRetryAfter)
	if failed.Probing() {
		pause = max(pause, shortened(growing(firstPause, 2, failed.Failures-failuresUntilPause, longestPause), random))
	}
	if pause > 0 {
		failed.PausedUntil = now.Add(pause)
	}
	return failed
}

// Unsigned returns the circuit of a webhook whose secret cannot be decrypted: nothing is sent for a while.
func (c WebhookCircuit) Unsigned(now time.Time) WebhookCircuit {
	c.PausedUntil = now.Add(longestPause)
	return c
}

// growing returns first, multiplied by factor as often as times says, and at most longest.
func growing(first time.Duration, factor, times int, longest time.Duration) time.Duration {
	for range times {
		if first = time.Duration(factor) * first; first >= longest {
			return longest
		}
	}
	return first
}

// shortened returns a part of the duration, at least three quarters. random is in [0, 1).
func shortened(d time.Duration, random float64) time.Duration {
	return (d - time.Duration(random*float64(d)/4)).Truncate(time.Microsecond)
}
