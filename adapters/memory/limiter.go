package memory

import (
	"context"

	"github.com/sole-platform/sole/application/port"
)

// Limiter implements port.Limiter. If it is full it allows no event under a new key, so that filling it gains an attacker
// nothing.
type Limiter struct{ windows *expiring[int] }

var _ port.Limiter = (*Limiter)(nil)

// NewLimiter returns a Limiter whose windows end by clock.
func NewLimiter(clock port.Clock) *Limiter {
	return &Limiter{newExpiring[int](clock, maxEntries)}
}

// Take implements port.Limiter.
func (l *Limiter) Take(ctx context.Context, key string, rate port.Rate) (port.RateVerdict, error) {
	if err := ctx.Err(); err != nil {
		return port.RateVerdict{}, err
	}
	l.windows.mu.Lock()
	defer l.windows.mu.Unlock()
	now := l.windows.clock()
	window, live := l.windows.get(key)
	if !live {
		window = entry[int]{ends: now.Add(rate.Per)}
	}
	window.value++
	if !l.windows.put(key, window.value, window.ends) {
		return full(rate), nil
	}
	return port.RateVerdict{
		Allowed: window.value <= rate.Max, Limit: rate.Max,
		Remaining: max(0, rate.Max-window.value), Reset: window.ends.Sub(now),
	}, nil
}

// Peek implements port.Limiter.
func (l *Limiter) Peek(ctx context.Context, key string, rate port.Rate) (port.RateVerdict, error) {
	if err := ctx.Err(); err != nil {
		return port.RateVerdict{}, err
	}
	l.windows.mu.Lock()
	defer l.windows.mu.Unlock()
	window, live := l.windows.get(key)
	switch {
	case live:
		return port.RateVerdict{
			Allowed: window.value < rate.Max, Limit: rate.Max,
			Remaining: max(0, rate.Max-window.value), Reset: window.ends.Sub(l.windows.clock()),
		}, nil
	case !l.windows.admits(key):
		return full(rate), nil
	}
	return port.RateVerdict{Allowed: rate.Max > 0, Limit: rate.Max, Remaining: rate.Max}, nil
}

// full returns the verdict for an event that cannot be counted for lack of space.
func full(rate port.Rate) port.RateVerdict {
	return port.RateVerdict{Limit: rate.Max, Reset: rate.Per}
}
