package port

// RandomBytes returns n bytes from a cryptographic source.
type RandomBytes func(n int) []byte
