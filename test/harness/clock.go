package harness

import (
	"sync"
	"time"
)

// Clock is a clock that tests can move. The zero value returns the real time.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
}

// Now implements port.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().UTC().Add(c.offset).Truncate(time.Microsecond)
}

// Advance moves the clock forward, or back if d is negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}
