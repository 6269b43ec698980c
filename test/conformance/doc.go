// Package conformance has a test suite for every port. An adapter that passes the suite of a port
// fulfils all its promises.
//
// A suite is a function that takes the test and a function that opens the adapter. It runs a subtest
// for each promise, whose name says what failed. Authors of other adapters run it from their own tests:
//
//	func TestStore(t *testing.T) {
//		conformance.Store(t, func(t *testing.T) port.Store {
//			store := mystore.Open(t.TempDir())
//			t.Cleanup(store.Close)
//			return store
//		})
//	}
//
// Suites use ports and the domain only. They create random ids and keys, so that several runs can share
// a database. Run them with go test -race, too.
package conformance
