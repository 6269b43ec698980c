package argon2

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/sole-platform/sole/domain"
)

// maxWait is how long a caller waits at most.
const maxWait = 2 * time.Second

// gate admits a bounded number of callers at a time, and lets a bounded number of others wait.
type gate struct {
	admitted chan struct{} // working or waiting
	working  chan struct{}
	refused  *atomic.Int64
}

// newGate returns a gate that admits slots callers (at least one) at a time and lets queue callers wait.
func newGate(slots, queue int) gate {
	slots, queue = max(1, slots), max(0, queue)
	return gate{admitted: make(chan struct{}, slots+queue), working: make(chan struct{}, slots), refused: new(atomic.Int64)}
}

// enter waits until the caller is admitted; the caller then calls leave. If the queue is full, the wait is too long or ctx
// ends, it returns domain.ErrBusy and no leave.
func (g gate) enter(ctx context.Context) (leave func(), err error) {
	select {
	case g.admitted <- struct{}{}:
	default:
		g.refused.Add(1)
		return nil, domain.ErrBusy
	}
	if !g.wait(ctx) {
		<-g.admitted
		g.refused.Add(1)
		return nil, domain.ErrBusy
	}
	return g.leave, nil
}

func (g gate) leave() {
	<-g.working
	<-g.admitted
}

// wait reports whether the caller was admitted in time.
func (g gate) wait(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	if ctx.Err() != nil {
		return false
	}
	select {
	case g.working <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// Load describes how busy a Hasher is.
type Load struct {
	Running int
	Waiting int
	Slots   int
	Refused int64 // refused since the Hasher was created
}

// Load returns how busy the hasher is. The numbers can be from slightly different moments.
func (h *Hasher) Load() Load {
	running := len(h.gate.working)
	return Load{Running: running, Waiting: max(0, len(h.gate.admitted)-running), Slots: cap(h.gate.working), Refused: h.gate.refused.Load()}
}
