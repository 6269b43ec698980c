// Package conformance holds one suite per port: what an adapter must do to be one.
//
// A suite is a function that takes the test and a way to open the adapter. It runs a
// subtest per sentence of the contract, so that a red one says what is broken. Anyone who
// writes an adapter of their own runs it from a test of their own:
//
//	func TestStore(t *testing.T) {
//		conformance.Store(t, func(t *testing.T) port.Store {
//			store := mystore.Open(t.TempDir())
//			t.Cleanup(store.Close)
//			return store
//		})
//	}
//
// Suites know ports and the domain only. They make random ids and keys, so that what is
// behind an adapter may be shared, and find races best under go test -race.
package conformance
