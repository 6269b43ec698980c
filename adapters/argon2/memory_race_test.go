package argon2

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/sole-platform/sole/domain"
)

// TestMemoryIsNeverSharedByTwoHashes computes many hashes at the same time, some of them with outdated parameters, while
// callers give up and memory is freed.
func TestMemoryIsNeverSharedByTwoHashes(t *testing.T) {
	t.Parallel()
	current, outdated := Params{MemoryKiB: 64, Time: 1, Threads: 1}, Params{MemoryKiB: 128, Time: 2, Threads: 2}
	h, password := New(current, 4, 100), domain.NewSecret("correct horse")
	var stored []domain.PasswordHash
	for _, p := range []Params{current, outdated} {
		hash, err := New(p, 1, 0).Hash(t.Context(), password)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hash)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var workers sync.WaitGroup
	for worker := range 8 {
		workers.Go(func() {
			for i := range 200 {
				match, isOutdated, err := h.Verify(t.Context(), stored[(worker+i)%2], password)
				if !match || isOutdated != ((worker+i)%2 == 1) || err != nil {
					t.Errorf("got %t, %t, %v", match, isOutdated, err)
				}
				if match, _, err := h.Verify(t.Context(), stored[i%2], domain.NewSecret("wrong")); match || err != nil {
					t.Errorf("a wrong password: %t, %v", match, err)
				}
				if _, err := h.Hash(gone, password); !errors.Is(err, domain.ErrBusy) {
					t.Errorf("a caller that has gone: %v", err)
				}
				if i%10 == 0 {
					h.memory.releaseAll()
				}
			}
		})
	}
	workers.Wait()
	if load := h.Load(); load.Running != 0 || load.Waiting != 0 {
		t.Errorf("places were not given back: %+v", load)
	}
	if kept := len(h.memory.free); kept > 4 {
		t.Errorf("%d pieces are kept, more than hashes at a time", kept)
	}
}
