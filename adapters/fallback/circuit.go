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

// retryAfter is how long a failed cache is not called. After that, one call tries it again.
const retryAfter = 500 * time.Millisecond

// Circuit keeps callers from waiting for an unreachable cache. After the first failure (domain.ErrUnavailable) calls fail at
// once, until check and one trial call succeed.
type Circuit struct {
	breaker *gobreaker.CircuitBreaker[any]
	check   func(context.Context) error
	failure atomic.Pointer[error] // the latest reason why the cache was unreachable
}

// NewCircuit returns a circuit that runs check before it uses the cache again, because a cache that is full or a replica
// still answers some calls. It calls changed with the reason when the cache becomes unreachable, and with nil when it can be
// used again.
func NewCircuit(check func(context.Context) error, changed func(reason error)) *Circuit {
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

// closed reports whether the latest call to the cache succeeded.
func (c *Circuit) closed() bool { return c.breaker.State() == gobreaker.StateClosed }

// call calls the cache, unless the circuit is open.
func call[R any](ctx context.Context, c *Circuit, run func() (R, error)) (result R, err error) {
	_, err = c.breaker.Execute(func() (any, error) {
		if c.breaker.State() == gobreaker.StateHalfOpen {
			err = c.check(ctx)
		}
		if err == nil {
			result, err = run()
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
