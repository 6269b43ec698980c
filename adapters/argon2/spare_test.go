package argon2

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sole-platform/sole/domain"
)

func TestSpareWaitsForEveryQueuedHash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Default(), 1, 4)
		var order []string
		leave, _ := h.gate.enter(t.Context())
		go func() {
			done, err := h.Spare(t.Context())
			if err != nil {
				t.Errorf("spare: %v", err)
				return
			}
			order = append(order, "spare")
			done()
		}()
		for range 3 {
			go func() {
				done, err := h.gate.enter(t.Context())
				if err != nil {
					t.Errorf("hash: %v", err)
					return
				}
				time.Sleep(100 * time.Millisecond)
				order = append(order, "hash")
				done()
			}()
		}
		synctest.Wait()
		leave()
		time.Sleep(time.Second)
		synctest.Wait()
		if len(order) != 4 || order[3] != "spare" {
			t.Errorf("the order was %v, want spare last", order)
		}
		if got := h.Load(); got != (Load{Slots: 1}) {
			t.Errorf("places were not given back: %+v", got)
		}
	})
}

func TestSpareAdmitsOneCallerAndQueuesFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Default(), 4, 4)
		leave, err := h.Spare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		running, peak, refused := 0, 0, make(chan error, spareQueue)
		for range spareQueue {
			go func() {
				done, err := h.Spare(t.Context())
				if err == nil {
					running++
					peak = max(peak, running)
					time.Sleep(10 * time.Millisecond)
					running--
					done()
				}
				refused <- err
			}()
		}
		synctest.Wait()
		if _, err := h.Spare(t.Context()); !errors.Is(err, domain.ErrOverloaded) {
			t.Errorf("beyond the queue: got %v, want ErrOverloaded at once", err)
		}
		if done, err := h.gate.enter(t.Context()); err != nil {
			t.Errorf("a hash beside a crowd: %v", err)
		} else {
			done()
		}
		leave()
		for range spareQueue {
			if err := <-refused; err != nil {
				t.Errorf("within the queue: %v", err)
			}
		}
		if peak != 1 {
			t.Errorf("%d worked at once, want 1", peak)
		}
	})
}

func TestSpareWaitsForALimitedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Default(), 1, 1)
		if _, err := h.gate.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		_, err := h.Spare(t.Context())
		if waited := time.Since(started); !errors.Is(err, domain.ErrOverloaded) || waited > maxWait+spareInterval {
			t.Errorf("got %v after %v, want ErrOverloaded after %v", err, waited, maxWait)
		}
	})
}
