package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// Attempts stores the counters of guesses, also for addresses that no account has.
type Attempts interface {
	// Lock returns a counter (the zero Attempts if there is none) and locks it until the unit of work ends: N parallel units
	// that each count one guess must see N different states.
	Lock(ctx context.Context, key string) (domain.Attempts, error)
	// LockAndGet returns what Lock returns for key and what Get returns for other, in one round trip. If other is empty, read is
	// the zero Attempts.
	LockAndGet(ctx context.Context, key, other string) (locked, read domain.Attempts, err error)
	// Get returns a counter, or the zero Attempts, without waiting for a lock.
	Get(ctx context.Context, key string) (domain.Attempts, error)
	// Save stores a counter, whether or not it is locked. The zero Attempts removes it.
	Save(ctx context.Context, key string, attempts domain.Attempts) error
	// Succeed changes a counter as domain.Attempts.Succeed does, whether or not it is locked.
	Succeed(ctx context.Context, key string) error
}
