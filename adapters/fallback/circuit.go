package fallback

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/sole-platform/sole/domain"
)

// retryAfter is how long a cache that failed is left alone. Then one call asks it again.
const retryAfter = 500 * time.Millisecond

// Circuit spares callers the wait for a cache that is away: after the first failure
// (domain.ErrUnavailable) calls fail at once, until check and one call that is let through succeed.
type Circuit struct {
	breaker *gobreaker.CircuitBreaker[any]
	check   func(context.Context) error
	failure atomic.Pointer[error] // why the cache was away last
}

// NewCircuit makes a circuit that runs check before it treats the cache as back, because a cache
// that is full or a replica still answers some calls. It calls changed with the reason when the
// cache goes away, and with nil when the cache is back.
func NewCircuit(check func(context.Context) error, changed func(why error)) *Circuit {
	c := &Circuit{check: check}
	c.breaker = gobreaker.NewCircuitBreaker[any](gobreaker.Settings{
		Timeout:      retryAfter,
		ReadyToTrip:  func(gobreaker.Counts) bool { return true },
		IsSuccessful: func(err error) bool { return !errors.Is(err, domain.ErrUnavailable) },
		IsExcluded:   func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if from == gobreaker.StateClosed {
				changed(*c.failure.Load())
			}
			if to == gobreaker.StateClosed {
				changed(nil)
			}
		},
	})
	return c
}

// closed tells whether the last call that was let through found the cache.
func (c *Circuit) closed() bool { return c.breaker.State() == gobreaker.StateClosed }

// call asks the cache, if it may be asked.
func call[R any](ctx context.Context, c *Circuit, ask func() (R, error)) (result R, err error) {
	_, err = c.breaker.Execute(func() (any, error) {
		if c.breaker.State() == gobreaker.StateHalfOpen {
			err = c.check(ctx)
		}
		if err == nil {
			result, err = ask()
		}
		if errors.Is(err, domain.ErrUnavailable) {
			failure := err
			c.failure.Store(&failure)
		}
		return nil, err
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		err = fmt.Errorf("%w: cache: %w", domain.ErrUnavailable, err)
	}
	return result, err
}
