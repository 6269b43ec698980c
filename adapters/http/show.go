package http

import "time"

// listed returns an empty slice for nil, because JSON arrays of this API are never null.
func listed[T any](elements []T) []T {
	if elements == nil {
		return []T{}
	}
	return elements
}

// maybe shows the zero time as null.
func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// known shows an empty id as null.
func known[T ~string](id T) *T {
	if id == "" {
		return nil
	}
	return &id
}
