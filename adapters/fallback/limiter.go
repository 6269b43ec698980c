package fallback

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Limiter implements port.Limiter with the first limiter and, while that is unreachable, with the second, which counts
// separately.
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

// Limiter returns next behind the circuit.
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

// RequestCounts returns next behind the circuit.
func (c *Circuit) RequestCounts(next port.RequestCounts) port.RequestCounts {
	return requestCounts{c, next}
}

type requestCounts struct {
	circuit *Circuit
	next    port.RequestCounts
}

// Exchange implements port.RequestCounts.
func (r requestCounts) Exchange(ctx context.Context, counts []port.RequestCount) ([]port.RequestWindow, error) {
	return call(ctx, r.circuit, func() ([]port.RequestWindow, error) { return r.next.Exchange(ctx, counts) })
}
