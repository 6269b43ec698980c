package argon2

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

const (
	spareQueue    = 8                    // callers that can wait in Spare; further ones are refused
	spareInterval = 2 * time.Millisecond // between two attempts to get a free slot
)

// Spare implements port.SpareTime. It admits one caller at a time, and only while no password waits to be hashed. The
// caller occupies the slot of one hash, so that a hash waits for one such caller at most.
func (h *Hasher) Spare(ctx context.Context) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
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
		case <-time.After(spareInterval):
		}
	}
	return func() {
		h.gate.leave()
		done()
	}, nil
}

// enterIdle takes a slot without waiting. It returns false if no slot is free or a caller waits for one.
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
