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

// BrowserName names the browser behind a User-Agent header, such as "Firefox on Linux". Every
// word of the name must come from a closed list: anybody can send any header.
type BrowserName func(userAgent string) string
