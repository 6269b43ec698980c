package argon2

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

const (
	spareQueue = 8 // callers waiting for spare time before the next is turned away
	spareLook  = 2 * time.Millisecond
)

// Spare lets its callers work one at a time, and only while no password waits to be hashed:
// it is for work that strangers can order. A caller takes the place of one hash, so a hash
// waits for one such caller at most. leave ends the turn. The error is domain.ErrOverloaded.
func (h *Hasher) Spare(ctx context.Context) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done, err := h.spare.enter(ctx)
	if err != nil {
		return nil, domain.ErrOverloaded
	}
	for !h.gate.enterIdle() {
		select {
		case <-ctx.Done():
			done()
			return nil, domain.ErrOverloaded
		case <-time.After(spareLook):
		}
	}
	return func() {
		h.gate.leave()
		done()
	}, nil
}

// enterIdle takes a place without waiting, unless somebody waits for one.
func (g gate) enterIdle() bool {
	if len(g.admitted) > len(g.working) {
		return false
	}
	select {
	case g.admitted <- struct{}{}:
	default:
		return false
	}
	select {
	case g.working <- struct{}{}:
		return true
	default:
		<-g.admitted
		return false
	}
}
