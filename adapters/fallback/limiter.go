package fallback

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Limiter implements port.Limiter by the first limiter and, while that is away, by the
// second, which begins to count by itself.
type Limiter struct{ First, Second port.Limiter }

// Take implements port.Limiter.
func (l Limiter) Take(ctx context.Context, key string, rate port.Rate) (port.RateVerdict, error) {
	verdict, err := l.First.Take(ctx, key, rate)
	if errors.Is(err, domain.ErrUnavailable) {
		return l.Second.Take(ctx, key, rate)
	}
	return verdict, err
}

// Peek implements port.Limiter.
func (l Limiter) Peek(ctx context.Context, key string, rate port.Rate) (port.RateVerdict, error) {
	verdict, err := l.First.Peek(ctx, key, rate)
	if errors.Is(err, domain.ErrUnavailable) {
		return l.Second.Peek(ctx, key, rate)
	}
	return verdict, err
}

// Limiter returns next, asked through the circuit.
func (c *Circuit) Limiter(next port.Limiter) port.Limiter { return limiter{c, next} }

type limiter struct {
	circuit *Circuit
	next    port.Limiter
}

// Take implements port.Limiter.
func (l limiter) Take(ctx context.Context, key string, rate port.Rate) (port.RateVerdict, error) {
	return call(ctx, l.circuit, func() (port.RateVerdict, error) { return l.next.Take(ctx, key, rate) })
}

// Peek implements port.Limiter.
func (l limiter) Peek(ctx context.Context, key string, rate port.Rate) (port.RateVerdict, error) {
	return call(ctx, l.circuit, func() (port.RateVerdict, error) { return l.next.Peek(ctx, key, rate) })
}
