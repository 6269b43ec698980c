package argon2

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/sole-platform/sole/domain"
)

// patience is how long a caller waits for its turn at most.
const patience = 2 * time.Second

// gate lets a bounded number of callers in and a bounded number of others wait.
type gate struct {
	admitted chan struct{} // working or waiting
	working  chan struct{}
	refused  *atomic.Int64
}

// newGate makes a gate for slots callers at work (at least one) and queue waiting.
func newGate(slots, queue int) gate {
	slots, queue = max(1, slots), max(0, queue)
	return gate{make(chan struct{}, slots+queue), make(chan struct{}, slots), new(atomic.Int64)}
}

// enter waits for a turn; leave ends it. When the queue is full, the wait too long or
// the caller gone, the error is domain.ErrBusy and there is nothing to leave.
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

// wait tells whether the turn came in time.
func (g gate) wait(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
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

// Load is how busy a Hasher is.
type Load struct {
	Running int
	Waiting int
	Slots   int
	Refused int64 // turned away since it was made
}

// Load tells how busy the hasher is; the numbers may be of slightly different moments.
func (h *Hasher) Load() Load {
	running := len(h.gate.working)
	return Load{running, max(0, len(h.gate.admitted)-running), cap(h.gate.working), h.gate.refused.Load()}
}
