package argon2

import (
	"sync"
	"time"
)

// keepFor is how long memory is kept after the last hash.
const keepFor = 10 * time.Second

// workspace keeps the memory of finished hashes for the next ones. It never holds more pieces than hashes ran at the same time,
// which the gate bounds, and frees all of them when no hash has been computed for keepFor.
type workspace struct {
	mu     sync.Mutex
	blocks int       // of each piece
	free   [][]block // all zero
	idle   *time.Timer
}

// take returns a piece of zeroed memory. The caller passes it to give afterwards.
func (w *workspace) take(blocks int) ([]block, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if last := len(w.free) - 1; last >= 0 && blocks == w.blocks {
		piece := w.free[last]
		w.free = w.free[:last]
		return piece, nil
	}
	return allocate(blocks)
}

// give clears a piece, because passwords could be guessed from its contents, and keeps it for the next hash. It frees a piece of
// another size, which only hashes with outdated parameters need.
func (w *workspace) give(piece []block) {
	clear(piece)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(piece) != w.blocks {
		release(piece)
		return
	}
	w.free = append(w.free, piece)
	if w.idle == nil {
		w.idle = time.AfterFunc(keepFor, w.releaseAll)
	} else {
		w.idle.Reset(keepFor)
	}
}

func (w *workspace) releaseAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, piece := range w.free {
		release(piece)
	}
	w.free = nil
}
