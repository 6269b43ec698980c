package harness

import (
	"sync"
	"time"
)

// Clock is the real one, moved as a test likes. The zero value tells the real time.
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

// Advance moves the clock on, or back.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}
