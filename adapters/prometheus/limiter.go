package prometheus

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sole-platform/sole/application/port"
)

// What a limiter can say.
const (
	allowed     = "allowed"
	limited     = "limited"
	unavailable = "unavailable"
)

// Limiter counts what another limiter says.
type Limiter struct {
	next      port.Limiter
	decisions *prometheus.CounterVec
}

var _ port.Limiter = (*Limiter)(nil)

// Limiter returns a limiter that is next, counted.
func (m *Metrics) Limiter(next port.Limiter) *Limiter { return &Limiter{next, m.limits} }

// Take implements port.Limiter.
func (l *Limiter) Take(ctx context.Context, name string, rate port.Rate) (port.RateVerdict, error) {
	verdict, err := l.next.Take(ctx, name, rate)
	l.count(verdict, err)
	return verdict, err
}

// Peek implements port.Limiter.
func (l *Limiter) Peek(ctx context.Context, name string, rate port.Rate) (port.RateVerdict, error) {
	verdict, err := l.next.Peek(ctx, name, rate)
	l.count(verdict, err)
	return verdict, err
}

func (l *Limiter) count(verdict port.RateVerdict, err error) {
	outcome := allowed
	switch {
	case err != nil:
		outcome = unavailable
	case !verdict.Allowed:
		outcome = limited
	}
	l.decisions.WithLabelValues(outcome).Inc()
}
