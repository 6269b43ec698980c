package argon2

import "fmt"

// Params are the parameters of a hash, which determine its cost (RFC 9106 §3.1).
type Params struct {
	MemoryKiB uint32 // memory filled, in KiB
	Time      uint32 // passes over the memory
	Threads   uint8  // lanes computed in parallel
}

// Default is what OWASP's Password Storage Cheat Sheet recommends: 19 MiB, two passes.
func Default() Params { return Params{MemoryKiB: 19456, Time: 2, Threads: 1} }

// The limits of the parameters. A stored hash contains its parameters, and a manipulated row must not be able to exhaust
// the memory or to occupy a slot for minutes.
const (
	maxMemoryKiB = 1 << 20
	maxTime      = 10
	maxThreads   = 16
)

// Validate returns an error for parameters that Argon2 does not define or that exceed the limits.
func (p Params) Validate() error {
	switch {
	case p.Threads < 1 || p.Threads > maxThreads:
		return fmt.Errorf("argon2: threads must be 1 to %d", maxThreads)
	case p.Time < 1 || p.Time > maxTime:
		return fmt.Errorf("argon2: time must be 1 to %d passes", maxTime)
	case p.MemoryKiB < 8*uint32(p.Threads) || p.MemoryKiB > maxMemoryKiB:
		return fmt.Errorf("argon2: memory must be 8 per thread to %d KiB", maxMemoryKiB)
	}
	return nil
}
