package port

import (
	"context"
	"time"
)

// Clock returns the current time in UTC, in whole microseconds, because not every store has a finer resolution.
type Clock func() time.Time

// Pause waits for d. If ctx ends before, it returns the error of ctx.
type Pause func(ctx context.Context, d time.Duration) error
