package conformance_test

import (
	"testing"
	"time"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/conformance"
)

// t is the argument of the test that runs the suite.
var t *testing.T

// A package with an adapter of its own runs the suite of its port from a test. The suite opens a
// fresh adapter for each promise of the contract; a subtest that fails names the promise.
func Example() {
	// func TestMyLimiter(t *testing.T) {
	conformance.Limiter(t, func(*testing.T) port.Limiter { return memory.NewLimiter(time.Now) })
	// }
}

// The function that opens a store may use its own test to clean up.
func ExampleStore() {
	// func TestMyStore(t *testing.T) {
	conformance.Store(t, func(t *testing.T) port.Store {
		store := openMine(t.TempDir())
		t.Cleanup(func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
		return store
	})
	// }
}

// TestTheExamplesRun runs the suite of the first example, as `go test` would in another repository.
func TestTheExamplesRun(own *testing.T) {
	t = own
	Example()
}

// myStore is an adapter of another repository.
type myStore struct{ port.Store }

func (myStore) Close() error { return nil }

func openMine(string) myStore { return myStore{} }
