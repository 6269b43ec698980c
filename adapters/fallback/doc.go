// Package fallback uses a second implementation of a port while the first, a cache, is unreachable. It knows only the
// ports, not what implements them.
package fallback
