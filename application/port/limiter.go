package port

import (
	"context"
	"time"
)

// Rate is how many events are allowed in a window of time.
type Rate struct {
	Max int
	Per time.Duration
}

// RateVerdict describes a window after one more event.
type RateVerdict struct {
	Allowed   bool
	Limit     int
	Remaining int
	Reset     time.Duration // until the next window starts
}

// Limiter counts events per key in windows that start with their first event. If the storage is unreachable it must
// return domain.ErrUnavailable. An adapter that is full must allow no event under a new key.
type Limiter interface {
	// Take counts one event. Of any number of parallel calls in a window at most Max must be allowed. Events over the
	// limit must not extend the window.
	Take(ctx context.Context, key string, rate Rate) (RateVerdict, error)
	// Peek reports whether one more event would be allowed, without counting one.
	Peek(ctx context.Context, key string, rate Rate) (RateVerdict, error)
}
