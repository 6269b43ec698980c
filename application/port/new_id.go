package port

// NewID returns a new UUIDv7 in canonical form.
type NewID func() string
