//go:build !linux

package argon2

// allocate returns zeroed memory.
func allocate(blocks int) ([]block, error) { return make([]block, blocks), nil }

// release does nothing; the garbage collector frees the memory.
func release([]block) {}
