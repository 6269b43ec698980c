// Package port holds what the use cases need of the outside world, and nothing else.
//
// Every "must" in a comment here is a case of a suite in test/conformance, which each
// adapter passes. Ports are named for the job; technologies are named in adapters.
package port
