package argon2

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

const (
	spareQueue = 8                    // callers that may wait in Spare; further ones are refused
	spareLook  = 2 * time.Millisecond // between two looks for a free place
)

// Spare implements port.SpareTime. It admits one caller at a time, and only while no password
// waits to be hashed. The caller takes the place of one hash, so a hash waits for one such
// caller at most.
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

// enterIdle takes a place without waiting. It fails when no place is free or somebody waits for one.
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
