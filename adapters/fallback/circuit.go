package fallback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/sole-platform/sole/domain"
)

// retryAfter is how long a cache that failed is left alone. Then one call asks it again.
const retryAfter = 500 * time.Millisecond

// Circuit spares callers the wait for a cache that is away: after the first failure
// (domain.ErrUnavailable) calls fail at once, until one that is let through succeeds.
type Circuit struct {
	breaker *gobreaker.CircuitBreaker[any]
}

// NewCircuit tells changed whether the cache is away, each time that this changes.
func NewCircuit(changed func(away bool)) *Circuit {
	return &Circuit{gobreaker.NewCircuitBreaker[any](gobreaker.Settings{
		Timeout:      retryAfter,
		ReadyToTrip:  func(gobreaker.Counts) bool { return true },
		IsSuccessful: func(err error) bool { return !errors.Is(err, domain.ErrUnavailable) },
		IsExcluded:   func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if from == gobreaker.StateClosed || to == gobreaker.StateClosed {
				changed(from == gobreaker.StateClosed)
			}
		},
	})}
}

// closed tells whether the last call that was let through found the cache.
func (c *Circuit) closed() bool { return c.breaker.State() == gobreaker.StateClosed }

// call asks the cache, if it may be asked.
func call[R any](c *Circuit, ask func() (R, error)) (result R, err error) {
	_, err = c.breaker.Execute(func() (any, error) {
		result, err = ask()
		return nil, err
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		err = fmt.Errorf("%w: cache: %w", domain.ErrUnavailable, err)
	}
	return result, err
}
