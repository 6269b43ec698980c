// Package port defines the interfaces through which the use cases reach the outside world.
//
// Every "must" in a comment here is tested by a suite in test/conformance, which each adapter passes. Ports are named
// after their purpose, adapters after their technology.
package port
