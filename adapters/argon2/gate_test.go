package argon2

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sole-platform/sole/domain"
)

func TestGateRefusesAtOnceWhenTheQueueIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 2)
		leave, _ := g.enter(t.Context())
		waiting := make(chan error, 2)
		for range 2 {
			go func() {
				done, err := g.enter(t.Context())
				if err == nil {
					done()
				}
				waiting <- err
			}()
		}
		synctest.Wait()
		if _, err := g.enter(t.Context()); !errors.Is(err, domain.ErrBusy) {
			t.Fatalf("a third waiter: got %v, want ErrBusy", err)
		}
		leave()
		for range 2 {
			if err := <-waiting; err != nil {
				t.Errorf("a waiter within the queue: %v", err)
			}
		}
	})
}

func TestGateWaitsNoLongerThanTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 1)
		leave, _ := g.enter(t.Context())
		started := time.Now()
		_, err := g.enter(t.Context())
		if waited := time.Since(started); !errors.Is(err, domain.ErrBusy) || waited != maxWait {
			t.Errorf("got %v after %v, want ErrBusy after %v", err, waited, maxWait)
		}
		leave()
		if _, err := g.enter(t.Context()); err != nil {
			t.Errorf("the place of the one who gave up is not free again: %v", err)
		}
	})
}

func TestGateLetsAWaiterGoWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 1)
		if _, err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		_, err := g.enter(ctx)
		if waited := time.Since(started); !errors.Is(err, domain.ErrBusy) || waited != time.Second {
			t.Errorf("got %v after %v, want ErrBusy after a second", err, waited)
		}
	})
}

func TestGateRefusesACallerWhoseContextHasEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newGate(1, 1).enter(ctx); !errors.Is(err, domain.ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
}

func TestGateHasAtLeastOneSlot(t *testing.T) {
	leave, err := newGate(0, -1).enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	leave()
}

func TestLoadCountsRunningWaitingAndRefusedCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Default(), 1, 1)
		is := func(want Load) {
			t.Helper()
			synctest.Wait()
			if got := h.Load(); got != want {
				t.Fatalf("the load is %+v, want %+v", got, want)
			}
		}
		leave, _ := h.gate.enter(t.Context())
		waited := make(chan func(), 1)
		go func() {
			leave, _ := h.gate.enter(t.Context())
			waited <- leave
		}()
		is(Load{Running: 1, Waiting: 1, Slots: 1})
		if _, err := h.gate.enter(t.Context()); !errors.Is(err, domain.ErrBusy) {
			t.Fatalf("got %v, want ErrBusy", err)
		}
		is(Load{Running: 1, Waiting: 1, Slots: 1, Refused: 1})
		leave()
		(<-waited)()
		is(Load{Slots: 1, Refused: 1})
	})
}
