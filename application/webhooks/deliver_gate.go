package webhooks

import (
	"context"
	"sync"
	"time"
)

// busyTime is how long an attempt counts as busy. After that it waits for its receiver, which takes no CPU.
const busyTime = 10 * time.Millisecond

// Gate bounds how many attempts of a process are busy at the same time, so that deliveries leave the CPU to requests. Slow
// receivers hold nobody up.
type Gate chan struct{}

// NewGate returns a gate for at most n busy attempts.
func NewGate(n int) Gate { return make(Gate, n) }

// enter waits until an attempt may begin. The attempt calls leave when it is over. If ctx ends, so does the wait.
func (g Gate) enter(ctx context.Context) (leave func()) {
	select {
	case g <- struct{}{}:
	case <-ctx.Done():
		return func() {}
	}
	once := sync.OnceFunc(func() { <-g })
	timer := time.AfterFunc(busyTime, once)
	return func() {
		timer.Stop()
		once()
	}
}
