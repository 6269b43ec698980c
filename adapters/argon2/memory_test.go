package argon2

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sole-platform/sole/domain"
)

func TestMemoryOfAHashIsClearedAndUsedAgain(t *testing.T) {
	w := &workspace{blocks: 16}
	piece, err := w.take(16)
	if err != nil {
		t.Fatal(err)
	}
	deriveKey(piece, inputs{Params: Params{MemoryKiB: 16, Time: 1, Threads: 1}, size: keyBytes})
	w.give(piece)
	again, err := w.take(16)
	if err != nil || &again[0] != &piece[0] {
		t.Fatalf("got other memory, %v", err)
	}
	for i, b := range again {
		if b != (block{}) {
			t.Fatalf("block %d is not zero", i)
		}
	}
	release(again)
}

func TestMemoryOfAnotherSizeIsNotKept(t *testing.T) {
	w := &workspace{blocks: 16}
	piece, err := w.take(32)
	if err != nil || len(piece) != 32 {
		t.Fatal(len(piece), err)
	}
	w.give(piece)
	if len(w.free) != 0 {
		t.Error("it is kept")
	}
}

func TestMemoryIsFreedWhenNothingIsHashed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Params{MemoryKiB: 64, Time: 1, Threads: 1}, 1, 0)
		hash := func() {
			t.Helper()
			if _, err := h.Hash(t.Context(), domain.NewSecret("correct horse")); err != nil {
				t.Fatal(err)
			}
		}
		kept := func(want int) {
			t.Helper()
			synctest.Wait()
			h.memory.mu.Lock()
			defer h.memory.mu.Unlock()
			if len(h.memory.free) != want {
				t.Fatalf("%d pieces are kept, want %d", len(h.memory.free), want)
			}
		}
		hash()
		time.Sleep(keepFor - time.Second)
		hash()
		time.Sleep(keepFor - time.Second)
		kept(1)
		time.Sleep(time.Second)
		kept(0)
		hash()
		kept(1)
	})
}

func TestTheHeapHoldsNoMemoryOfHashes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux the memory is outside the heap")
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := New(Default(), 1, 0).Hash(t.Context(), domain.NewSecret("correct horse")); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("a hash allocated %d bytes in the heap", grown)
	}
}
