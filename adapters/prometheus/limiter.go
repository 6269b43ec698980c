package prometheus

import (
	"context"

	"github.com/sole-platform/sole/application/port"
)

// The verdicts of a limiter.
const (
	allowed     = "allowed"
	limited     = "limited"
	unavailable = "unavailable"
)

// Limiter counts the verdicts of another limiter.
type Limiter struct {
	next    port.Limiter
	metrics *Metrics
}

var _ port.Limiter = (*Limiter)(nil)

// Limiter returns next with its verdicts counted.
func (m *Metrics) Limiter(next port.Limiter) *Limiter { return &Limiter{next, m} }

// Take implements port.Limiter.
func (l *Limiter) Take(ctx context.Context, name string, rate port.Rate) (port.RateVerdict, error) {
	verdict, err := l.next.Take(ctx, name, rate)
	l.metrics.decided(verdict, err)
	return verdict, err
}

// Peek implements port.Limiter.
func (l *Limiter) Peek(ctx context.Context, name string, rate port.Rate) (port.RateVerdict, error) {
	verdict, err := l.next.Peek(ctx, name, rate)
	l.metrics.decided(verdict, err)
	return verdict, err
}

// RequestLimiter counts the verdicts of another request limiter.
type RequestLimiter struct {
	next    port.RequestLimiter
	metrics *Metrics
}

var _ port.RequestLimiter = (*RequestLimiter)(nil)

// RequestLimiter returns next with its verdicts counted.
func (m *Metrics) RequestLimiter(next port.RequestLimiter) *RequestLimiter {
	return &RequestLimiter{next, m}
}

// Take implements port.RequestLimiter.
func (l *RequestLimiter) Take(network string) port.RateVerdict {
	verdict := l.next.Take(network)
	l.metrics.decided(verdict, nil)
	return verdict
}

// decided counts a verdict.
func (m *Metrics) decided(verdict port.RateVerdict, err error) {
	outcome := allowed
	switch {
	case err != nil:
		outcome = unavailable
	case !verdict.Allowed:
		outcome = limited
	}
	m.limits.WithLabelValues(outcome).Inc()
}
