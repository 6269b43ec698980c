//go:build !unix

package harness

// thaw does nothing: nothing can be frozen here.
func (*process) thaw() {}
