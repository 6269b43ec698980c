package port

import (
	"context"
	"time"
)

// Clock tells the instant: UTC, whole microseconds, the finest grain every store keeps.
type Clock func() time.Time

// NewID makes a UUIDv7 in canonical form.
type NewID func() string

// Pause waits for d, or less when ctx ends, whose error it then returns.
type Pause func(ctx context.Context, d time.Duration) error

// DeviceName makes a name for people out of a User-Agent header.
type DeviceName func(userAgent string) string
