package memory

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/sole-platform/sole/application/port"
)

const (
	exchangeEvery = 100 * time.Millisecond // between two exchanges while requests arrive; nothing is exchanged while none do
	exchangeBatch = 200                    // counts in one call, so that the server is busy with it for few milliseconds
	exchangeTime  = time.Second            // for the counts that are left when Run ends
)

// RequestLimiter implements port.RequestLimiter. If it is full it forgets an arbitrary network for each new one. An attacker with
// that many networks may send so many requests anyway that a count more or less is no gain, and nobody else is refused because
// of that attacker. It exchanges only counts of allowed requests: those of a network over its limit cost nothing.
type RequestLimiter struct {
	rate    port.Rate
	windows *expiring[requests]
	all     port.RequestCounts // of all replicas; nil: there are no others
	changed []string           // networks whose count has changed since the last exchange
	wake    chan struct{}      // has an element when Run has something to exchange
	lastID  uint64             // ID of the latest count
}

var _ port.RequestLimiter = (*RequestLimiter)(nil)

// requests are those of one network in the current window.
type requests struct {
	own     int    // allowed by this replica
	others  int    // allowed by other replicas until the last exchange
	id      uint64 // ID of the count, see port.RequestCount
	window  int64  // ID of the window; 0: no exchange yet
	changed bool   // the network is in RequestLimiter.changed
}

// NewRequestLimiter returns a limiter that measures windows with clock. While Run runs, it exchanges counts through all, which is nil
// if there are no other replicas.
func NewRequestLimiter(clock port.Clock, rate port.Rate, all port.RequestCounts) *RequestLimiter {
	return &RequestLimiter{
		rate: rate, windows: newExpiring[requests](clock, maxEntries), all: all, wake: make(chan struct{}, 1),
		lastID: rand.Uint64(), //nolint:gosec // it differs from those of other replicas and is no secret
	}
}

// Take implements port.RequestLimiter.
func (l *RequestLimiter) Take(network string) port.RateVerdict {
	l.windows.mu.Lock()
	defer l.windows.mu.Unlock()
	now := l.windows.clock()
	window, live := l.windows.get(network)
	if !live {
		l.lastID++
		window = entry[requests]{value: requests{id: l.lastID}, ends: now.Add(l.rate.Per)}
	}
	seen := window.value
	allowed := seen.own+seen.others < l.rate.Max
	if allowed {
		seen.own++
		seen.changed = l.all != nil
		l.windows.replace(network, seen, window.ends)
		if seen.changed && !window.value.changed {
			l.changed = append(l.changed, network)
			l.signal()
		}
	}
	return port.RateVerdict{
		Allowed: allowed, Limit: l.rate.Max, Remaining: max(0, l.rate.Max-seen.own-seen.others), Reset: window.ends.Sub(now),
	}
}

// signal wakes Run if it waits.
func (l *RequestLimiter) signal() {
	select {
	case l.wake <- struct{}{}:
	default: // it was woken already
	}
}

// Run exchanges counts until ctx ends, and then once more. The first request after a pause is exchanged at once, so that this
// replica soon knows what the others have allowed. What could not be exchanged is tried again at the next interval.
func (l *RequestLimiter) Run(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-l.wake:
			_ = l.Exchange(ctx)
			wait(ctx, exchangeEvery)
		case <-ctx.Done():
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), exchangeTime)
	defer cancel()
	_ = l.Exchange(last)
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Exchange tells the other replicas which counts have changed since the last exchange, and learns theirs. After an error, the
// counts that were not exchanged are part of the next exchange.
func (l *RequestLimiter) Exchange(ctx context.Context) error {
	for changed := l.takeChanged(); len(changed) > 0; {
		batch := changed[:min(len(changed), exchangeBatch)]
		counts := l.counts(batch)
		windows, err := l.all.Exchange(ctx, counts)
		if err != nil {
			l.putBack(batch, changed[len(batch):])
			return err
		}
		l.learn(counts, windows)
		changed = changed[len(batch):]
	}
	return nil
}

func (l *RequestLimiter) takeChanged() []string {
	l.windows.mu.Lock()
	defer l.windows.mu.Unlock()
	changed := l.changed
	l.changed = nil
	return changed
}

// putBack adds the networks of a failed exchange to changed again, after the rest, so that every network gets its turn.
func (l *RequestLimiter) putBack(failed, rest []string) {
	l.windows.mu.Lock()
	defer l.windows.mu.Unlock()
	l.changed = append(rest, l.changed...)
	for _, network := range failed {
		if window, live := l.windows.get(network); live && !window.value.changed {
			window.value.changed = true
			l.windows.entries[network] = window
			l.changed = append(l.changed, network)
		}
	}
	if len(l.changed) > 2*l.windows.max { // most of them were forgotten or are there twice
		l.changed = nil
		for network, window := range l.windows.entries {
			if window.value.changed {
				l.changed = append(l.changed, network)
			}
		}
	}
	l.signal()
}

// counts returns the current counts of networks. Windows that have ended need no exchange.
func (l *RequestLimiter) counts(networks []string) []port.RequestCount {
	l.windows.mu.Lock()
	defer l.windows.mu.Unlock()
	now := l.windows.clock()
	counts := make([]port.RequestCount, 0, len(networks))
	for _, network := range networks {
		window, live := l.windows.get(network)
		if !live {
			continue
		}
		window.value.changed = false
		l.windows.entries[network] = window
		counts = append(counts, port.RequestCount{
			Network: network, ID: strconv.FormatUint(window.value.id, 36), Allowed: window.value.own,
			Window: window.value.window, Left: window.ends.Sub(now),
		})
	}
	return counts
}

// learn stores what an exchange returned. The time left is counted from when the answer arrives, so that a window never ends here
// before it ends for the other replicas.
func (l *RequestLimiter) learn(counts []port.RequestCount, windows []port.RequestWindow) {
	l.windows.mu.Lock()
	defer l.windows.mu.Unlock()
	now := l.windows.clock()
	for i, count := range counts {
		window, live := l.windows.get(count.Network)
		switch {
		case !live || strconv.FormatUint(window.value.id, 36) != count.ID: // a new window has begun here
		case windows[i].Left <= 0:
			delete(l.windows.entries, count.Network)
		default:
			window.value.others = max(window.value.others, windows[i].Total-count.Allowed)
			window.value.window = windows[i].ID
			l.windows.entries[count.Network] = entry[requests]{window.value, now.Add(windows[i].Left)}
		}
	}
}
